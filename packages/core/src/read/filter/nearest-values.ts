import { nearestName } from '../../base/check-options.ts'
import type { ValuesOf } from './complete-filter.ts'
import { textTestText } from './filter-text.ts'
import type { FilterTree, TextTest } from './tree.ts'

/** A test of a filter that no call passes, and the one that was probably meant. */
export interface NearestValue {
  /** The test as the filter language writes it: `model:qwne3:4b`. */
  readonly asked: string
  /** The same with a value that calls have: `model:qwen3:4b`. */
  readonly nearest: string
}

/** Values that are compared with a misspelt one, the most frequent. */
const MOST = 1_000

/**
 * For a filter that no call matches: its values that no call has, each with the nearest that some have, and names of
 * tags alike. Patterns, negations and fields whose values are not listed are left out. Never rejects.
 *
 * @param valuesOf Gives the most frequent values of a field that begin so: a reader's `facets`.
 */
export async function nearestValues(
  filter: FilterTree,
  valuesOf: ValuesOf
): Promise<readonly NearestValue[]> {
  const found: NearestValue[] = []
  for (const test of textTests(filter)) {
    // A store that lists no values of the field has nothing to offer.
    const nearest = await nearestTest(test, valuesOf).catch(() => undefined)
    if (nearest) found.push({ asked: textTestText(test), nearest: textTestText(nearest) })
  }
  return found
}

/** The tests of texts that a call has to pass, one for each of their values. */
function textTests(tree: FilterTree): TextTest[] {
  if (tree.is === 'all' || tree.is === 'any') return tree.of.flatMap(textTests)
  if (tree.is !== 'text') return []
  return tree.values.map((value) => ({ ...tree, values: [value] }))
}

async function nearestTest(test: TextTest, valuesOf: ValuesOf): Promise<TextTest | undefined> {
  const { field, tag } = test
  const [{ value = '', isPattern } = {}] = test.values
  const part = tag === undefined ? {} : { tag }
  if (tag !== undefined && field === 'tag') {
    const names = await valuesOf('tag', { beginning: '', limit: MOST })
    if (!names.some((name) => name.value === tag)) {
      const near = nearestOf(tag, names)
      return near === undefined ? undefined : { ...test, tag: near }
    }
  }
  if (isPattern || value === '') return undefined
  const alike = await valuesOf(field, { beginning: value, limit: MOST, ...part })
  if (alike.some((each) => each.value === value)) return undefined
  const [longer] = alike
  const near =
    longer?.value ??
    nearestOf(value, await valuesOf(field, { beginning: '', limit: MOST, ...part }))
  return near === undefined ? undefined : { ...test, values: [{ value: near }] }
}

function nearestOf(value: string, known: readonly { readonly value: string }[]) {
  return nearestName(
    value,
    known.map((each) => each.value)
  )
}
