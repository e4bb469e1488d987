import {
  bothOf,
  type FilterTree,
  filterText,
  parseFilter,
  type Reader,
  readTime,
  STATS_DIMENSIONS,
  type StatsDimension,
  type StatsRow
} from '@slm-audit/core/reader'
import { type Command, InvalidArgumentError } from 'commander'
import { loadOptional } from '../../base/load-optional.ts'
import { saysSince } from '../../base/says-since.ts'
import type { Prices } from '../../config/load-config.ts'
import { withoutFormula } from '../../export/csv.ts'
import { visibleList } from '../../render/columns.ts'
import { flatStats, renderStats, type StatsTable, tabbedStats } from '../../render/stats.ts'
import type { Terminal } from '../../terminal.ts'
import { choiceOptions, explainNoMatch, type FilterOptions, toFilter } from '../filter.ts'
import { type ReadOptions, readOptions, withReader } from '../with-reader.ts'
import { readPrices } from './prices.ts'

interface Options extends FilterOptions, ReadOptions {
  readonly by?: readonly StatsDimension[]
  readonly every?: number
  readonly csv?: boolean
  readonly prices?: string
}

const HOUR_MS = 3_600_000
/** Bars of a row at most, and the stretches that they stand for. */
const BARS = 12
const NICE_HOURS = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 672]
const USUAL_SPAN = '24h'
const UNITS: { readonly [unit: string]: number } = {
  s: 1_000,
  m: 60_000,
  h: HOUR_MS,
  d: 24 * HOUR_MS,
  w: 7 * 24 * HOUR_MS
}

/** `slm-audit stats`: figures of calls, by their values and over time. */
export function addStats(program: Command, terminal: Terminal): void {
  const command = program
    .command('stats')
    .description(
      'how many calls, errors, times, tokens and confidence, of the last 24 hours or of a filter'
    )
    .option(
      '--by <dimensions>',
      `a row for each: ${STATS_DIMENSIONS.join(', ')} (default: model)`,
      parseBy
    )
    .option('--every <time>', 'a row for each stretch of time: 1h, 1d, 1w (in UTC)', parseEvery)
    .option(
      '--prices <file>',
      'a JSON file of prices for a million tokens (default: $SLM_AUDIT_PRICES, slm-audit.config)'
    )
    .option('--csv', 'one row a line, with a header')
    .addHelpText('after', '\nprices: { "gpt-4o-mini": { "input": 0.15, "output": 0.6 } }')
  readOptions(choiceOptions(command)).action(async (words: string[], options: Options) => {
    const prices = readPrices(options.prices)
    const asked = toFilter(words, options)
    const isBounded = saysSince(asked)
    const filter = isBounded ? asked : bothOf(asked, parseFilter(`since:${USUAL_SPAN}`))
    const by = options.by ?? (options.every === undefined ? ['model' as const] : [])
    await withReader(options, async (reader) => {
      const table = await tableOf(reader, { filter, asked, isBounded, by, prices, options })
      const isNone = table.report.rows.length === 0 && !options.json && !options.csv
      if (isNone) await explainNoMatch(noneWord(table), asked, reader, terminal)
      else await print(table, options, terminal)
    })
  })
}

interface Asked {
  readonly filter: FilterTree
  readonly asked: FilterTree
  readonly isBounded: boolean
  readonly by: readonly StatsDimension[]
  readonly prices: Prices | undefined
  readonly options: Options
}

async function tableOf(reader: Reader, request: Asked): Promise<StatsTable> {
  const { filter, asked, isBounded, by, prices, options } = request
  const { every } = options
  const report = await reader.stats({ filter, by, ...(every && { everyMs: every }) })
  const needsBars = every === undefined && !options.json && !options.csv
  const overTime = needsBars ? await barsOf(reader, filter, by) : undefined
  return {
    span: isBounded ? '' : `last ${USUAL_SPAN.replace('h', ' h')}`,
    chosen: filterText(asked),
    by,
    report,
    ...(overTime && { overTime }),
    ...(prices && { costOf: await costsOf(reader, request, prices) })
  }
}

/** What each row costs: of rows that are not of one model, the sum of those whose price is known. */
async function costsOf(
  reader: Reader,
  { filter, by, options: { every } }: Asked,
  prices: Prices
): Promise<(row: StatsRow) => number | undefined> {
  if (by.includes('model')) return (row) => costOf(row, prices)
  const asked = { filter, by: [...by, 'model' as const], ...(every && { everyMs: every }) }
  const key = (row: StatsRow) => JSON.stringify([row.at, by.map((name) => row.by[name] ?? null)])
  const costs = new Map<string, number>()
  for (const row of (await reader.stats(asked)).rows) {
    const cost = costOf(row, prices)
    if (cost !== undefined) costs.set(key(row), (costs.get(key(row)) ?? 0) + cost)
  }
  return (row) => costs.get(key(row))
}

/** The same calls in twelve stretches of whole hours. */
async function barsOf(reader: Reader, filter: FilterTree, by: readonly StatsDimension[]) {
  const { rows } = await reader.stats({ filter, by, everyMs: HOUR_MS })
  const times = rows.map(({ at }) => Date.parse(at ?? ''))
  if (times.length === 0) return undefined
  const first = Math.min(...times, timeOf(filter) ?? Number.POSITIVE_INFINITY)
  const last = Math.max(...times)
  const needed = (last - first + HOUR_MS) / HOUR_MS / BARS
  const hours = NICE_HOURS.find((each) => each >= needed) ?? Math.ceil(needed / 672) * 672
  const everyMs = hours * HOUR_MS
  const start = Math.floor(first / HOUR_MS) * HOUR_MS
  const startOf = (at: number) => start + Math.floor((at - start) / everyMs) * everyMs
  const starts: string[] = []
  for (let at = start; at <= last; at += everyMs) starts.push(new Date(at).toISOString())
  const sums = new Map<string, StatsRow>()
  for (const row of rows) {
    const at = new Date(startOf(Date.parse(row.at ?? ''))).toISOString()
    const key = JSON.stringify([row.by, at])
    const calls = (sums.get(key)?.calls ?? 0) + row.calls
    sums.set(key, { ...row, at, calls })
  }
  const every = hours % 24 === 0 ? `${hours / 24} d` : hours === 1 ? 'hour' : `${hours} h`
  return { every, starts, rows: [...sums.values()] }
}

function noneWord({ span }: StatsTable): string {
  if (span === '') return 'No call matches.'
  return `No call ended in the ${span}; slm-audit stats since:30d looks further back.`
}

async function print(table: StatsTable, options: Options, terminal: Terminal): Promise<void> {
  const { report, by, costOf } = table
  if (options.json) {
    const rows = report.rows.map((row) => {
      const cost = costOf?.(row)
      return { ...row, ...(cost !== undefined && { cost }) }
    })
    terminal.print(visibleList(rows))
  } else if (options.csv) {
    const { stringify } = await loadOptional(
      '--csv',
      'csv-stringify',
      () => import('csv-stringify/sync')
    )
    terminal.write(
      stringify(
        report.rows.map((row) => flatStats(row, by, costOf)),
        { header: true, cast: { string: withoutFormula } }
      )
    )
  } else if (!Number.isFinite(terminal.width)) terminal.write(tabbedStats(table))
  else terminal.print(renderStats(table, terminal))
}

function costOf({ by, inputTokens, outputTokens }: StatsRow, prices: Prices): number | undefined {
  const price = by.model === undefined ? undefined : prices[by.model]
  return price && (inputTokens * price.input + outputTokens * price.output) / 1e6
}

function timeOf(tree: FilterTree): number | undefined {
  if (tree.is === 'time' && tree.field === 'since') return Date.parse(readTime('since', tree.value))
  if (tree.is !== 'all') return undefined
  return tree.of.map(timeOf).find((time) => time !== undefined)
}

function parseBy(text: string): StatsDimension[] {
  return text.split(',').map((word) => {
    const found = STATS_DIMENSIONS.find((dimension) => dimension === word.trim())
    if (found) return found
    throw new InvalidArgumentError(
      `It takes some of ${STATS_DIMENSIONS.join(', ')}, with commas between.`
    )
  })
}

function parseEvery(text: string): number {
  const [, count, unit = ''] = /^(\d+) ?([smhdw])/.exec(text) ?? []
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (ms >= 1000) return ms
  throw new InvalidArgumentError('It takes a stretch of time: 15m, 1h, 1d or 1w.')
}
