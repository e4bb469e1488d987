import type { CallSummary } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { columnsOf, LEAST, roomBeside, visible } from './columns.ts'
import { plainTable } from './plain-table.ts'
import { cut, durationWord, shortIds, stageWord, timeWord, tokensWord } from './words.ts'

const COLUMNS = {
  id: 'left',
  time: 'left',
  stage: 'left',
  model: 'left',
  tokens: 'right',
  took: 'right'
} as const
/** What a narrow terminal shows without, the least needed first. */
const DISPENSABLE: readonly Column[] = ['tokens', 'took', 'time']

type Column = keyof typeof COLUMNS

/** Where a line has room for a whole id; of a shortened one, how much tells it from most. */
const WIDE = 100
const SHORT = 13

/** Calls as a table without rules. */
export function renderCalls(calls: readonly CallSummary[], terminal: Terminal): string {
  const short = shortIds(calls)
  const rows = calls.map((call) => ({
    id: short(call.auditId),
    time: timeWord(call.receivedAt),
    stage: visible(call.stage),
    model: call.model ?? call.operation ?? call.kind,
    tokens: tokensWord(call),
    took: durationWord(call.durationMs)
  }))
  const { shown, room } = fitting(rows, terminal.width)
  const styles: { readonly [Name in Column]?: (text: string) => string } = {
    id: (id) => terminal.style('cyan', id),
    stage: (stage) => stageWord(stage as CallSummary['stage'], terminal),
    model: (name) => cut(name, room)
  }
  const cells = rows.map((row) =>
    shown.map((column) => styles[column]?.(row[column]) ?? row[column])
  )
  const columns = Object.fromEntries(shown.map((column) => [column, COLUMNS[column]]))
  return plainTable(columns, cells, terminal)
}

/** The columns that a width has room for, and how many of it are left for the model. */
function fitting(rows: readonly { readonly [Name in Column]: string }[], width: number) {
  const shown = Object.keys(COLUMNS) as Column[]
  const room = () => {
    const others = shown.filter((column) => column !== 'model')
    const taken = others.map((column) =>
      Math.max(column.length, ...rows.map((row) => columnsOf(row[column])))
    )
    return roomBeside(taken, width)
  }
  for (const column of DISPENSABLE) {
    if (room() < LEAST) shown.splice(shown.indexOf(column), 1)
  }
  return { shown, room: Math.max(LEAST, room()) }
}

/** One call as a line, for `tail`: its id in full only where there is room. */
export function renderLine(call: CallSummary, terminal: Terminal): string {
  const { auditId, stage } = call
  const { width } = terminal
  const id = width >= WIDE ? auditId : auditId.slice(0, SHORT)
  const begin = [
    terminal.style('dim', timeWord(call.receivedAt)),
    terminal.style('cyan', id),
    stageWord(stage, terminal, 9)
  ]
  const facts = [tokensWord(call), durationWord(call.durationMs), visible(call.errorType ?? '')]
  const end = facts.filter((fact) => fact !== '')
  const taken = () => [timeWord(call.receivedAt), id, stage.padEnd(9), ...end]
  const room = () => roomBeside(taken().map(columnsOf), width)
  while (end.length > 0 && room() < LEAST) end.shift()
  const name = cut(call.model ?? call.kind, Math.max(LEAST, room()))
  const failed = call.errorType === undefined ? [] : end.splice(-1)
  return [...begin, name, ...end, ...failed.map((type) => terminal.style('red', type))].join('  ')
}
