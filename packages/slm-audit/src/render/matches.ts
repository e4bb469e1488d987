import type { CallSummary } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { columnsOf, LEAST, roomBeside } from './columns.ts'
import { cut, durationWord, stageWord, timeWord, wrap } from './words.ts'

/** Where a line has room for a whole id; of a shortened one, how much tells it from most. */
const WIDE = 70
const SHORT = 13

const MATCH = /\[([^\]]+)\]/g

/** Calls with the places where the words stand. */
export function renderMatches(calls: readonly CallSummary[], terminal: Terminal): string {
  return calls.map((call) => renderMatch(call, terminal)).join('\n\n')
}

function renderMatch(call: CallSummary, terminal: Terminal): string {
  const id = terminal.width >= WIDE ? call.auditId : call.auditId.slice(0, SHORT)
  const [time, took] = [timeWord(call.receivedAt), durationWord(call.durationMs)]
  const others = [id, time, call.stage, took].filter((fact) => fact !== '')
  const room = roomBeside(others.map(columnsOf), terminal.width)
  const facts = [
    terminal.style('cyan', id),
    time,
    stageWord(call.stage, terminal),
    room < LEAST ? '' : cut(call.model ?? '', room),
    took
  ]
  const lines = wrap((call.snippet ?? '').replace(/\s+/g, ' '), terminal.width - 4)
  const marked = lines.map((line) => `  ${mark(line, terminal)}`)
  return [facts.filter((fact) => fact !== '').join('  '), ...marked].join('\n')
}

/** Matches stand in square brackets; where there are colours, they are bold instead. */
function mark(line: string, terminal: Terminal): string {
  return line.replace(MATCH, (whole, word: string) => {
    const styled = terminal.style('bold', word)
    return styled === word ? whole : styled
  })
}
