import type { StatsDimension, StatsReport, StatsRow } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { momentShort } from './clock-words.ts'
import { columnsOf as displayWidth, tabbedRow } from './columns.ts'

import { countWord, durationFigure, moneyWord, percentWord } from './figures.ts'
import { dot } from './marks.ts'
import { plainTable } from './plain-table.ts'
import { sparkline } from './sparkline.ts'
import { cut } from './words.ts'

/** What a table of figures is made of. */
export interface StatsTable {
  /** The stretch of time in words: `last 24 h`. */
  readonly span: string
  /** What was chosen, in the filter language; empty for all. */
  readonly chosen: string
  readonly by: readonly StatsDimension[]
  readonly report: StatsReport
  /** The same calls over time, for the bars; absent where the rows are stretches of time. */
  readonly overTime?: {
    readonly every: string
    readonly starts: readonly string[]
    readonly rows: readonly StatsRow[]
  }
  /** What a row's tokens cost, where prices are known. */
  readonly costOf?: (row: StatsRow) => number | undefined
}

interface Column {
  readonly name: string
  /** Columns of the terminal from which on it is shown, where there is room; 0 for what a row is of. */
  readonly from: number
  readonly side: 'left' | 'right'
  readonly read: (row: StatsRow) => string
}

const LONGEST_NAME = 24
/** Blanks between two columns of a table. */
const GAP = 2
const DASH = '–'

/** Figures as a table: first a sentence that may be all one needs, then a row a value. */
export function renderStats(table: StatsTable, terminal: Terminal): string {
  const { rows } = table.report
  const columns = fitting(
    columnsOf(table, terminal)
      .filter(({ from }) => from <= terminal.width)
      .map((column) => ({ ...column, cells: rows.map(column.read) })),
    terminal.width
  )
  const names = Object.fromEntries(columns.map(({ name, side }) => [name, side]))
  const lines = rows.map((_, at) => columns.map(({ cells }) => cells[at] ?? ''))
  return [headOf(table, terminal), plainTable(names, lines, terminal)].join('\n')
}

/** The columns that fit beside each other: those for the widest terminals go first, then what a row can do without. */
function fitting<
  Each extends Pick<Column, 'name' | 'from'> & { readonly cells: readonly string[] }
>(columns: readonly Each[], width: number): readonly Each[] {
  const left = columns.map(({ name, from, cells }, at) => ({
    ...{ at, from },
    width: Math.max(...[name, ...cells].map(displayWidth)) + GAP
  }))
  while (left.reduce((all, each) => all + each.width, -GAP) > width) {
    const most = Math.max(...left.map(({ from }) => from))
    if (most === 0) break
    left.splice(
      left.findLastIndex(({ from }) => from === most),
      1
    )
  }
  return left.flatMap(({ at }) => columns[at] ?? [])
}

/** Figures for programs that cut columns: all of them, tabs between, nothing rounded to words. */
export function tabbedStats({ by, report, costOf }: StatsTable): string {
  return report.rows.map((row) => tabbedRow(Object.values(flatStats(row, by, costOf)))).join('')
}

/** A row as one flat object, for CSV. */
export function flatStats(
  row: StatsRow,
  by: readonly StatsDimension[],
  costOf?: StatsTable['costOf']
): { readonly [name: string]: string | number | undefined } {
  const { durationMs, firstChunkMs, tokensPerSecond } = row
  return {
    ...Object.fromEntries(by.map((name) => [name, row.by[name]])),
    ...(row.at !== undefined && { at: row.at }),
    calls: row.calls,
    complete: row.complete,
    errors: row.errors,
    cancelled: row.cancelled,
    abandoned: row.abandoned,
    denied: row.denied,
    durationP50Ms: durationMs?.p50,
    durationP95Ms: durationMs?.p95,
    durationP99Ms: durationMs?.p99,
    firstChunkP50Ms: firstChunkMs?.p50,
    firstChunkP95Ms: firstChunkMs?.p95,
    tokensPerSecondP50: tokensPerSecond?.p50,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    confidence: row.confidence,
    empty: row.empty,
    filtered: row.filtered,
    refused: row.refused,
    repeated: row.repeated,
    mostFrequentError: row.errorTypes[0]?.type,
    ...(costOf && { cost: costOf(row) })
  }
}

function headOf({ span, chosen, report }: StatsTable, terminal: Terminal): string {
  const sum = (read: (row: StatsRow) => number) =>
    report.rows.reduce((all, row) => all + read(row), 0)
  const [calls, errors] = [sum((row) => row.calls), sum((row) => row.errors)]
  const types = new Map<string, number>()
  for (const { errorTypes } of report.rows) {
    for (const { type, count } of errorTypes) types.set(type, (types.get(type) ?? 0) + count)
  }
  const [most] = [...types].sort(([, one], [, other]) => other - one)
  const isMost = most !== undefined && most[1] > errors / 2
  const failed = `${percentWord(errors, calls)} failed${isMost ? `, mostly ${most[0]}` : ''}`
  const facts = [span, chosen, `${calls.toLocaleString('en')} calls`, failed]
  return cut(facts.filter((fact) => fact !== '').join(` ${dot(terminal)} `), terminal.width)
}

function columnsOf(table: StatsTable, terminal: Terminal): Column[] {
  const { by, overTime, report, costOf } = table
  const right = (name: string, from: number, read: Column['read']): Column => ({
    name,
    from,
    side: 'right',
    read
  })
  const isInTime = report.rows.some(({ at }) => at !== undefined)
  const largest = Math.max(...report.rows.map(({ calls }) => calls))
  const cost = costOf && right('cost', 100, (row) => moneyWord(costOf(row)))
  return [
    ...by.map(
      (name): Column => ({
        name,
        from: 0,
        side: 'left',
        read: (row) => cut(row.by[name] ?? DASH, LONGEST_NAME)
      })
    ),
    ...(isInTime
      ? [
          {
            name: 'from',
            from: 0,
            side: 'left',
            read: (row) => momentShort(row.at ?? '', terminal)
          } as Column
        ]
      : []),
    right('calls', 0, ({ calls }) => calls.toLocaleString('en')),
    ...(isInTime
      ? [
          {
            name: '',
            from: 30,
            side: 'left',
            read: ({ calls }) => barOf(calls, largest, terminal)
          } as Column
        ]
      : []),
    ...(overTime
      ? [
          {
            name: `by ${overTime.every}`,
            from: 30,
            side: 'left',
            read: (row) => barsOf(row, table, terminal)
          } as Column
        ]
      : []),
    right('errors', 10, ({ errors, calls }) => percentWord(errors, calls)),
    right('p50', 80, ({ durationMs }) => durationFigure(durationMs?.p50)),
    right('p95', 20, ({ durationMs }) => durationFigure(durationMs?.p95)),
    right('p99', 90, ({ durationMs }) => durationFigure(durationMs?.p99)),
    right('first chunk', 100, ({ firstChunkMs }) => durationFigure(firstChunkMs?.p50)),
    right('sure', 100, ({ confidence }) =>
      confidence === undefined ? DASH : percentWord(confidence, 1, 0)
    ),
    ...(cost ? [cost] : []),
    right('tokens in', 130, ({ inputTokens }) => countWord(inputTokens)),
    right('tokens out', 120, ({ outputTokens }) => countWord(outputTokens)),
    right('tokens/s', 140, ({ tokensPerSecond }) => countWord(tokensPerSecond?.p50)),
    right('refused', 130, ({ refused, calls }) => percentWord(refused, calls)),
    right('empty', 150, ({ empty, calls }) => percentWord(empty, calls)),
    right('repeated', 160, ({ repeated, calls }) => percentWord(repeated, calls)),
    right('filtered', 170, ({ filtered, calls }) => percentWord(filtered, calls))
  ]
}

function barsOf(row: StatsRow, { by, overTime }: StatsTable, terminal: Terminal): string {
  const key = (each: StatsRow) => JSON.stringify(by.map((name) => each.by[name]))
  const own = overTime?.rows.filter((each) => key(each) === key(row)) ?? []
  const counts = new Map(own.map(({ at, calls }) => [at, calls]))
  return sparkline(overTime?.starts.map((at) => counts.get(at) ?? 0) ?? [], terminal)
}

const LONGEST_BAR = 10

function barOf(count: number, largest: number, { isAscii }: Terminal): string {
  return (isAscii ? '#' : '█').repeat(Math.round((count / Math.max(1, largest)) * LONGEST_BAR))
}
