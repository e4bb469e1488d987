import type { CallSummary } from '@slm-audit/core'
import Table from 'cli-table3'
import type { Terminal } from '../terminal.ts'
import { cut, durationWord, shortIds, stageWord, timeWord, tokensWord } from './words.ts'

const HEAD = ['id', 'time', 'stage', 'model', 'tokens', 'took']
/** Columns that all but the model take. */
const OTHERS = 13 + 11 + 9 + 11 + 7 + 6 * 2

/** Calls as a table without rules. */
export function renderCalls(calls: readonly CallSummary[], terminal: Terminal): string {
  const table = new Table({
    head: HEAD.map((name) => terminal.style('dim', name)),
    chars: NO_RULES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right']
  })
  const short = shortIds(calls)
  const room = Math.max(8, terminal.width - OTHERS)
  for (const call of calls) {
    table.push([
      terminal.style('cyan', short(call.auditId)),
      timeWord(call.receivedAt),
      stageWord(call.stage, terminal),
      cut(call.model ?? call.operation ?? call.kind, room),
      tokensWord(call),
      durationWord(call.durationMs)
    ])
  }
  return trimLines(table.toString())
}

/** One call as a line, for `tail`. */
export function renderLine(call: CallSummary, terminal: Terminal): string {
  const facts = [
    call.model ?? call.kind,
    tokensWord(call),
    durationWord(call.durationMs),
    call.errorType && terminal.style('red', call.errorType)
  ]
  return [
    terminal.style('dim', timeWord(call.receivedAt)),
    terminal.style('cyan', call.auditId),
    stageWord(call.stage, terminal).padEnd(9),
    ...facts.filter((fact) => fact)
  ].join('  ')
}

/** cli-table3's rules, all empty. */
const NO_RULES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle'
  ].map((name) => [name, ''])
)

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
