import type { CallSummary } from '@slm-audit/core'
import type { Terminal } from '../terminal.ts'
import { visible } from './columns.ts'
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
/** Columns that all but the model take. */
const OTHERS = 13 + 11 + 9 + 11 + 7 + 6 * 2

/** Where a line has room for a whole id; of a shortened one, how much tells it from most. */
const WIDE = 100
const SHORT = 13

/** Calls as a table without rules. */
export function renderCalls(calls: readonly CallSummary[], terminal: Terminal): string {
  const short = shortIds(calls)
  const room = Math.max(8, terminal.width - OTHERS)
  const rows = calls.map((call) => [
    terminal.style('cyan', short(call.auditId)),
    timeWord(call.receivedAt),
    stageWord(call.stage, terminal),
    cut(call.model ?? call.operation ?? call.kind, room),
    tokensWord(call),
    durationWord(call.durationMs)
  ])
  return plainTable(COLUMNS, rows, terminal)
}

/** One call as a line, for `tail`: its id in full only where there is room. */
export function renderLine(call: CallSummary, terminal: Terminal): string {
  const { auditId, model, kind, stage, errorType } = call
  const id = terminal.width >= WIDE ? auditId : auditId.slice(0, SHORT)
  const facts = [
    visible(model ?? kind),
    tokensWord(call),
    durationWord(call.durationMs),
    errorType && terminal.style('red', visible(errorType))
  ]
  return [
    terminal.style('dim', timeWord(call.receivedAt)),
    terminal.style('cyan', id),
    stageWord(stage, terminal, 9),
    ...facts.filter((fact) => fact)
  ].join('  ')
}
