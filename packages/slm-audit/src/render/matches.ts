import type { CallSummary } from '@slm-audit/core'
import type { Terminal } from '../terminal.ts'
import { cut, durationWord, stageWord, timeWord, wrap } from './words.ts'

/** Columns that all but the model take. */
const OTHERS = 36 + 11 + 9 + 7 + 4 * 2

const MATCH = /\[([^\]]+)\]/g

/** Calls with the places where the words stand. */
export function renderMatches(calls: readonly CallSummary[], terminal: Terminal): string {
  return calls.map((call) => renderMatch(call, terminal)).join('\n\n')
}

function renderMatch(call: CallSummary, terminal: Terminal): string {
  const facts = [
    terminal.style('cyan', call.auditId),
    timeWord(call.receivedAt),
    stageWord(call.stage, terminal),
    cut(call.model ?? '', Math.max(8, terminal.width - OTHERS)),
    durationWord(call.durationMs)
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
