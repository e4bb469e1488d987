import type { AuditRecord } from '../../record/record.ts'
import { annotationNames, annotationScores, annotationValues } from '../annotations.ts'
import { readTime } from '../read-time.ts'
import { numberOf, tagsOf, textsOf } from './field-values.ts'
import type { CompareWith, FilterTree, NumberTest, TextTest, TextValue } from './tree.ts'

/** A call as a filter looks at it. */
export interface FilteredCall {
  /** The header of its newest record. */
  readonly header: AuditRecord
  /** The headers of the annotations of the call; none unless given. */
  readonly annotations?: readonly AuditRecord[]
  /** When its first record was made: ISO 8601, UTC. */
  readonly receivedAt: string
  /** Whether its texts hold these words side by side, the last one perhaps as a beginning. */
  holds(words: string, isPrefix: boolean): boolean
}

/** Whether a call is meant by a filter: what the language means, for stores without an index and for live lists. */
export function matchesFilter(tree: FilterTree, call: FilteredCall): boolean {
  switch (tree.is) {
    case 'all':
      return tree.of.every((each) => matchesFilter(each, call))
    case 'any':
      return tree.of.some((each) => matchesFilter(each, call))
    case 'not':
      return !matchesFilter(tree.of, call)
    case 'text':
      return matchesTexts(tree, call)
    case 'number': {
      if (tree.field === 'score') return hasScore(call, tree)
      const number = numberOf(call.header, tree.field)
      return number !== undefined && compares(number, tree.compare, tree.value)
    }
    case 'time': {
      const isSince = Date.parse(call.receivedAt) >= Date.parse(readTime(tree.field, tree.value))
      return tree.field === 'since' ? isSince : !isSince
    }
    case 'words':
      return call.holds(tree.words, tree.isPrefix === true)
  }
}

/**
 * What a listing of a filter looks at: records that are no calls, as annotations, are meant only where
 * the filter asks for a kind or a stage.
 */
export function inScope(tree: FilterTree): FilterTree {
  if (asksForKind(tree, true)) return tree
  const events = { is: 'text', field: 'stage', values: [{ value: 'event' }] } as const
  const own = tree.is === 'all' ? tree.of : [tree]
  return { is: 'all', of: [...own, { is: 'not', of: events }] }
}

/** Whether `*` of a pattern can stand for characters so that it is the text. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (text.length < first.length + last.length) return false
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}

function asksForKind(tree: FilterTree, isAsked: boolean): boolean {
  if (tree.is === 'all' || tree.is === 'any') {
    return tree.of.some((each) => asksForKind(each, isAsked))
  }
  if (tree.is === 'not') return asksForKind(tree.of, !isAsked)
  return isAsked && tree.is === 'text' && (tree.field === 'kind' || tree.field === 'stage')
}

/** Whether a score of that name, of any annotation, is so compared. */
function hasScore(call: FilteredCall, { tag, compare, value }: NumberTest): boolean {
  return saidOf(call)
    .flatMap(annotationScores)
    .some(([name, score]) => (tag === undefined || name === tag) && compares(score, compare, value))
}

/** What was said of a call; of an annotation, what it says itself. */
function saidOf({ header, annotations = [] }: FilteredCall): readonly AuditRecord[] {
  return [header, ...annotations].filter(({ kind }) => kind === 'annotation')
}

function matchesTexts({ field, tag, values }: TextTest, call: FilteredCall): boolean {
  const { header } = call
  const has = (texts: readonly string[]) =>
    texts.some((text) => values.some((value) => matchesValue(value, text)))
  if (field === 'annotation') {
    if (tag === undefined) return has(saidOf(call).flatMap(annotationNames))
    const said = saidOf(call).flatMap(annotationValues)
    const isAny = values.some(({ value, isPattern }) => isPattern && /^\*+$/.test(value))
    if (isAny) return saidOf(call).flatMap(annotationNames).includes(tag)
    return has(said.flatMap(([name, value]) => (name === tag ? [value] : [])))
  }
  if (field !== 'tag') return has(textsOf(header, field))
  return has(tagsOf(header).flatMap(([name, value]) => (name === tag ? [value] : [])))
}

function matchesValue({ value, isPattern }: TextValue, text: string): boolean {
  return isPattern ? matchesPattern(value, text) : value === text
}

function compares(number: number, compare: CompareWith, value: number): boolean {
  switch (compare) {
    case '<':
      return number < value
    case '<=':
      return number <= value
    case '=':
      return number === value
    case '>=':
      return number >= value
    case '>':
      return number > value
  }
}
