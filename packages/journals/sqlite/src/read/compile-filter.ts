import { AuditError } from '@slm-audit/core/journal'
import {
  type FilterTree,
  inScope,
  type NumberTest,
  readTime,
  type TextTest,
  type TimeTest,
  type Words
} from '@slm-audit/core/reader'
import { NUMBER_COLUMNS } from '@slm-audit/core/store'
import { bucketOf, lastBucket } from '../index/buckets.ts'
import { facetToken } from '../index/facets.ts'
import { matchOf } from '../index/indexed-body.ts'
import { ofTraits, type RowTest, rowTest } from './row-test.ts'
import { textMatch } from './text-match.ts'
import type { ValueDictionary } from './value-dictionary.ts'

/**
 * One way in which calls can be what a filter means: a query of FTS5, bounds of the time of receipt,
 * and what else of their rows is looked at one by one.
 */
export interface IndexQuery {
  readonly match: string
  /** Whether one token says it all, so that FTS5 finds the newest calls without looking at others. */
  readonly isOneToken: boolean
  /** Unix times in milliseconds: from, and before. */
  readonly since: number
  readonly until: number
  /** A condition of SQL on a row of calls, with its values; empty for none. */
  readonly where: string
  readonly values: readonly (string | number)[]
  /** The same as all of `match`, where rows by themselves say it; `calls` counts those that the rarest of its tests means. */
  readonly alone?: RowTest
}

/** What FTS5 is asked for, and where a row says it as well, what asks the row. */
interface Term {
  readonly match: string
  readonly row?: RowTest
}

/** An `IndexQuery` while it is put together. */
interface Way {
  readonly match: readonly Term[]
  readonly without: readonly string[]
  readonly since: number
  readonly until: number
  readonly where: readonly string[]
  readonly values: readonly (string | number)[]
}

/** The first and the last instant that a Date can hold. */
const LAST_INSTANT = 8_640_000_000_000_000
/** Ways that one filter may have: each is a walk of its own. */
const MOST_WAYS = 256

/**
 * FTS5 goes through all calls of a common value beside rare ones. To look a call up takes as long as going through so
 * many, and where few calls are meant neither takes long.
 */
const LOOKED_UP = 16
const MANY = 10_000

const ANY: Way = {
  match: [],
  without: [],
  since: -LAST_INSTANT,
  until: LAST_INSTANT,
  where: [],
  values: []
}
const CALLS = `"${facetToken('call')}"`
/** Records that are no calls: few, so that leaving them out costs less than looking each call up among the calls. */
const OTHERS = `"${facetToken('other')}"`
const ALL = `(${CALLS} OR ${OTHERS})`

/**
 * The ways in which a filter is answered by an index that has these values. Calls that several ways
 * find are the same. Throws AuditError `bad_query` for a filter that has too many.
 */
export function compileFilter(tree: FilterTree, dictionary: ValueDictionary): IndexQuery[] {
  return new FilterCompiler(dictionary).compile(inScope(tree))
}

class FilterCompiler {
  readonly #dictionary: ValueDictionary

  constructor(dictionary: ValueDictionary) {
    this.#dictionary = dictionary
  }

  compile(tree: FilterTree): IndexQuery[] {
    return this.#ways(tree, false).map((way) => {
      const { match, without, where, ...rest } = withoutCommon(way)
      const alone = rowsAlone(way)
      return {
        ...rest,
        match: matchText(match, without),
        isOneToken: isOneToken(match, without) && where.length === 0,
        where: where.join(' AND '),
        ...(alone && { alone })
      }
    })
  }

  /** The ways of a node or, negated, of all that it does not mean. */
  #ways(tree: FilterTree, isNegated: boolean): Way[] {
    switch (tree.is) {
      case 'all':
      case 'any': {
        const each = tree.of.map((node) => this.#ways(node, isNegated))
        return (tree.is === 'all') === isNegated ? anyOf(each) : allOf(each)
      }
      case 'not':
        return this.#ways(tree.of, !isNegated)
      case 'text':
        return [this.#textWay(tree, isNegated)]
      case 'words':
        return [wordsWay(tree, isNegated)]
      case 'number':
        return [numberWay(tree, isNegated)]
      case 'time':
        return [timeWay(tree, isNegated)]
    }
  }

  #textWay(test: TextTest, isNegated: boolean): Way {
    const { field, values } = test
    const isEvent = field === 'stage' && values.length === 1 && values[0]?.value === 'event'
    if (isEvent && isNegated) return { ...ANY, without: [OTHERS] }
    const match = textMatch(test, this.#dictionary)
    if (isNegated) return { ...ANY, without: [match] }
    const row = rowTest(test, this.#dictionary)
    return { ...ANY, match: [{ match, ...(row && { row }) }] }
  }
}

/** A way in which values that many times as many calls have as another one of it are looked for in the rows. */
function withoutCommon(way: Way): Way {
  if (way.match.length < 2) return way
  const rows = way.match.flatMap(({ row }) => row ?? [])
  const calls = rows.map((row) => row.calls())
  const least = Math.max(MANY, LOOKED_UP * Math.min(...calls))
  const common = rows.filter((_, at) => Number(calls[at]) > least)
  return {
    ...way,
    match: way.match.filter(({ row }) => row === undefined || !common.includes(row)),
    where: [...way.where, ...common.map(({ where }) => where)],
    values: [...way.values, ...common.flatMap(({ values }) => values)]
  }
}

/** What rows by themselves say of a way, if they do. */
function rowsAlone({ match, without, where, values }: Way): RowTest | undefined {
  const rows = match.flatMap(({ row }) => row ?? [])
  if (rows.length < match.length) return undefined
  if (without.some((each) => each !== OTHERS)) return undefined
  const isCall = without.length > 0 ? [ofTraits("stage <> 'event'")] : []
  return {
    where: [...where, ...rows.map((row) => row.where), ...isCall].join(' AND '),
    values: [...values, ...rows.flatMap((row) => row.values)],
    calls: () => Math.min(...rows.map(({ calls }) => calls()))
  }
}

function wordsWay({ words, isPrefix }: Words, isNegated: boolean): Way {
  const match = matchOf(words, isPrefix === true)
  if (match === undefined) return ANY
  return isNegated ? { ...ANY, without: [match] } : { ...ANY, match: [{ match }] }
}

/** Scores have names that are free: those of each call that has one are looked at. */
function scoreWay({ tag, compare, value }: NumberTest, isNegated: boolean): Way {
  const named = tag === undefined ? '' : "json_extract(value, '$[0]') = ? AND "
  const condition = `EXISTS (SELECT 1 FROM json_each(scores) WHERE ${named}json_extract(value, '$[1]') ${compare} ?)`
  const values = tag === undefined ? [value] : [tag, value]
  if (isNegated) return { ...ANY, where: [`NOT ${condition}`], values }
  const match = `"${facetToken('score', tag)}"`
  return { ...ANY, match: [{ match }], where: [condition], values }
}

function numberWay(test: NumberTest, isNegated: boolean): Way {
  const { field, compare, value } = test
  if (field === 'score') return scoreWay(test, isNegated)
  const condition = `${NUMBER_COLUMNS[field]} ${compare} ?`
  if (isNegated) {
    return { ...ANY, where: [`NOT coalesce(${condition}, 0)`], values: [value] }
  }
  const [low, high] = [
    compare.startsWith('<') ? 0 : bucketOf(field, value),
    compare.startsWith('>') ? lastBucket(field) : bucketOf(field, value)
  ]
  const buckets = Array.from({ length: high - low + 1 }, (_, at) => String(low + at))
  const match = buckets.map((bucket) => `"${facetToken(field, bucket)}"`).join(' OR ')
  return { ...ANY, match: [{ match: `(${match})` }], where: [condition], values: [value] }
}

function timeWay({ field, value }: TimeTest, isNegated: boolean): Way {
  const at = Date.parse(readTime(field, value))
  return (field === 'since') !== isNegated ? { ...ANY, since: at } : { ...ANY, until: at }
}

/** All of them: each way of one with each of the other. */
function allOf(each: readonly (readonly Way[])[]): Way[] {
  let ways: Way[] = [ANY]
  for (const more of each) {
    const pairs = ways.flatMap((one) => more.map((other) => both(one, other)))
    ways = bounded(pairs.filter(({ since, until }) => since < until))
  }
  return ways
}

/** Any of them: those that words and facets say alone become one. */
function anyOf(each: readonly (readonly Way[])[]): Way[] {
  const ways = each.flat()
  const isPlain = ({ since, until, where }: Way) =>
    since === -LAST_INSTANT && until === LAST_INSTANT && where.length === 0
  const plain = ways.filter((way) => isPlain(way) && way.match.length > 0)
  const others = ways.filter((way) => !plain.includes(way))
  if (plain.length < 2) return bounded(ways)
  const match = plain.map((way) => `(${matchText(way.match, way.without)})`).join(' OR ')
  return bounded([{ ...ANY, match: [{ match: `(${match})` }] }, ...others])
}

function both(one: Way, other: Way): Way {
  return {
    match: [...one.match, ...other.match],
    without: [...one.without, ...other.without],
    since: Math.max(one.since, other.since),
    until: Math.min(one.until, other.until),
    where: [...one.where, ...other.where],
    values: [...one.values, ...other.values]
  }
}

function matchText(match: readonly Term[], without: readonly string[]): string {
  const isOfCalls = match.length === 0 && without.includes(OTHERS)
  const every = isOfCalls ? CALLS : ALL
  const found =
    match.length === 0 ? every : [...new Set(match.map((term) => term.match))].join(' AND ')
  const left = [...new Set(without)].filter((each) => !isOfCalls || each !== OTHERS)
  if (left.length === 0) return found
  return `(${found})${left.map((each) => ` NOT (${each})`).join('')}`
}

/** That it is no record of another kind is said of nearly all. */
function isOneToken(match: readonly Term[], without: readonly string[]): boolean {
  return (
    match.length === 1 &&
    /^"[^" ]+"$/.test(String(match[0]?.match)) &&
    without.every((each) => each === OTHERS)
  )
}

function bounded(ways: Way[]): Way[] {
  if (ways.length <= MOST_WAYS) return ways
  throw new AuditError(
    'bad_query',
    `the filter has more than ${MOST_WAYS} alternatives with numbers or times; ask for fewer at once`
  )
}
