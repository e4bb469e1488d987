import {
  type FilterTree,
  type NumberTest,
  readTime,
  type TextTest,
  type TextValue
} from '@slm-audit/core/reader'
import { facetTest, type ListedFacet, NUMBER_COLUMNS, tokensOf } from '@slm-audit/core/store'
import type { Parameter } from '../connection/connection.ts'
import { storable } from '../connection/storable.ts'
import { facetKey, facetText } from '../index/facet-keys.ts'

/** A condition over `calls`, and the values of its parameters. */
export interface Condition {
  readonly sql: string
  readonly values: readonly Parameter[]
}

/** The condition that a filter is. `texts` are asked for by call, so that any part of a filter may be about them. */
export function compileFilter(tree: FilterTree, schema: string): Condition {
  const values: Parameter[] = []
  const add = (value: Parameter) => `$${values.push(value)}`
  return { sql: new Compiler(schema, add).compile(tree), values }
}

class Compiler {
  readonly #schema: string
  readonly #add: (value: Parameter) => string

  constructor(schema: string, add: (value: Parameter) => string) {
    this.#schema = schema
    this.#add = add
  }

  compile(tree: FilterTree): string {
    switch (tree.is) {
      case 'all':
        return this.#joined(tree.of, 'AND', 'true')
      case 'any':
        return this.#joined(tree.of, 'OR', 'false')
      case 'not':
        return `NOT coalesce(${this.compile(tree.of)}, false)`
      case 'text':
        return this.#text(tree)
      case 'number':
        if (tree.field === 'score') return this.#score(tree)
        return `${NUMBER_COLUMNS[tree.field]} ${tree.compare} ${this.#add(tree.value)}::float8`
      case 'time': {
        const at = this.#add(Date.parse(readTime(tree.field, tree.value)))
        return `received_at ${tree.field === 'since' ? '>=' : '<'} ${at}::bigint`
      }
      case 'words':
        return this.#words(tree.words, tree.isPrefix === true)
    }
  }

  #joined(trees: readonly FilterTree[], by: string, none: string): string {
    if (trees.length === 0) return none
    return `(${trees.map((tree) => this.compile(tree)).join(` ${by} `)})`
  }

  #text(test: TextTest): string {
    const { facet, values } = facetTest(test)
    const exact = values.filter(({ isPattern }) => !isPattern)
    const tests = values.filter(({ isPattern }) => isPattern).map((each) => this.#like(facet, each))
    if (exact.length > 0) tests.push(this.#has(exact.map(({ value }) => facetKey(facet, value))))
    return `(${tests.join(' OR ')})`
  }

  /** Scores have names that are free: all of a call are looked at. */
  #score({ tag, compare, value }: NumberTest): string {
    const named = tag === undefined ? '' : `own ->> 0 = ${this.#add(storable(tag))} AND `
    return `EXISTS (SELECT 1 FROM jsonb_array_elements(scores) AS own
      WHERE ${named}(own ->> 1)::float8 ${compare} ${this.#add(value)}::float8)`
  }

  #has(keys: readonly string[]): string {
    return `keys && ${this.#add(keys)}::text[]`
  }

  #like(facet: ListedFacet, { value }: TextValue): string {
    const escaped = facetText([facet, value]).replace(/[\\%_]/g, '\\$&')
    const pattern = this.#add(escaped.replaceAll('*', '%'))
    return `EXISTS (SELECT 1 FROM unnest(facets) AS own WHERE own LIKE ${pattern})`
  }

  /** The words find the texts, and the text says whether they stand side by side. */
  #words(text: string, isPrefix: boolean): string {
    const tokens = tokensOf(text).map(storable)
    if (tokens.length === 0) return 'false'
    const lexemes = tokens.map((token, at) => {
      const isBeginning = isPrefix && at === tokens.length - 1
      return `'${token.replace(/[\\']/g, '$&$&')}'${isBeginning ? ':*' : ''}`
    })
    const query = this.#add(lexemes.join(' & '))
    const phrase = this.#add(` ${tokens.join(' ')}${isPrefix ? '' : ' '}`)
    return `calls.id IN (SELECT id FROM ${this.#schema}.texts
      WHERE (words @@ ${query}::tsquery OR is_cut) AND strpos(body, ${phrase}) > 0)`
  }
}
