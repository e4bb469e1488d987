import {
  type FilterTree,
  type NumberTest,
  readTime,
  type TextTest,
  type TextValue
} from '@slm-audit/core/reader'
import { type ListedFacet, phraseIn, tokensOf } from '@slm-audit/core/store'
import { literal, literals } from '../connection/literals.ts'
import { facetText } from '../store/call-row.ts'

/** The numbers of a call in the columns of `calls`. */
const NUMBER_COLUMNS = {
  took: 'duration_ms',
  first: 'first_chunk_ms',
  tokens: 'tokens',
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  confidence: 'confidence'
} as const

/** The condition over `calls` that a filter is. */
export function compileFilter(tree: FilterTree): string {
  switch (tree.is) {
    case 'all':
      return joined(tree.of, 'AND', 'true')
    case 'any':
      return joined(tree.of, 'OR', 'false')
    case 'not':
      return `NOT ifNull(${compileFilter(tree.of)}, false)`
    case 'text':
      return textTest(tree)
    case 'number':
      if (tree.field === 'score') return scoreTest(tree)
      return `(${NUMBER_COLUMNS[tree.field]} ${tree.compare} ${tree.value})`
    case 'time': {
      const at = Date.parse(readTime(tree.field, tree.value))
      return `(at ${tree.field === 'since' ? '>=' : '<'} fromUnixTimestamp64Milli(${at}, 'UTC'))`
    }
    case 'words':
      return words(tree.words, tree.isPrefix === true)
  }
}

function joined(trees: readonly FilterTree[], by: string, none: string): string {
  if (trees.length === 0) return none
  return `(${trees.map((tree) => compileFilter(tree)).join(` ${by} `)})`
}

function textTest({ field, tag, values }: TextTest): string {
  const isAnyValue = values.some(({ value, isPattern }) => isPattern && /^\*+$/.test(value))
  const isParted = tag !== undefined && (field === 'tag' || field === 'annotation')
  if (isParted && isAnyValue) return `has(facets, ${literal(facetText([field, tag]))})`
  const facet: ListedFacet = isParted ? `${field}Value` : field
  const named = values.map((value) =>
    isParted ? { ...value, value: `${tag}=${value.value}` } : value
  )
  const exact = named.filter(({ isPattern }) => !isPattern)
  const tests = named.filter(({ isPattern }) => isPattern).map((each) => like(facet, each))
  if (exact.length > 0) {
    tests.push(`hasAny(facets, ${literals(exact.map(({ value }) => facetText([facet, value])))})`)
  }
  return `(${tests.join(' OR ')})`
}

function like(facet: ListedFacet, { value }: TextValue): string {
  const pattern = facetText([facet, value])
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
  return `arrayExists(own -> own LIKE ${literal(pattern)}, facets)`
}

/** Scores have names that are free: all of a call are looked at. */
function scoreTest({ tag, compare, value }: NumberTest): string {
  const named = tag === undefined ? '' : `own.1 = ${literal(tag)} AND `
  return `arrayExists(own -> ${named}own.2 ${compare} ${value}, scores)`
}

/** The words find the calls, by an index, and the text says whether they stand side by side. */
function words(text: string, isPrefix: boolean): string {
  const tokens = tokensOf(text)
  if (tokens.length === 0) return 'false'
  const whole = isPrefix ? tokens.slice(0, -1) : tokens
  const hold = whole.length > 0 ? `hasAll(words, ${literals(whole)}) AND ` : ''
  return `(${hold}position(body, ${literal(phraseIn({ tokens, isPrefix }))}) > 0)`
}
