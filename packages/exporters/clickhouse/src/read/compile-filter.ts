import {
  type FilterTree,
  type NumberTest,
  readTime,
  type TextTest,
  type TextValue
} from '@slm-audit/core/reader'
import {
  facetTest,
  type ListedFacet,
  NUMBER_COLUMNS,
  phraseIn,
  tokensOf
} from '@slm-audit/core/store'
import { literal, literals } from '../connection/literals.ts'
import { facetText } from '../store/call-row.ts'

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

function textTest(test: TextTest): string {
  const { facet, values } = facetTest(test)
  const exact = values.filter(({ isPattern }) => !isPattern)
  const tests = values.filter(({ isPattern }) => isPattern).map((each) => like(facet, each))
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
