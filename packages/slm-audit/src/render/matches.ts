import type { CallSummary } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { timeWord } from './clock-words.ts'
import { columnsOf, LEAST, roomBeside } from './columns.ts'
import { toolMark } from './marks.ts'
import { cut, durationWord, stageWord, wrap } from './words.ts'

const MATCH = /\[([^\]]+)\]/g

/** Calls with the places where the words stand. */
export function renderMatches(calls: readonly CallSummary[], terminal: Terminal): string {
  return calls.map((call) => renderMatch(call, terminal)).join('\n\n')
}

function renderMatch(call: CallSummary, terminal: Terminal): string {
  const id = String(call.index)
  const [time, took] = [timeWord(call.receivedAt, terminal), durationWord(call.durationMs)]
  const others = [id, time, call.stage, took].filter((fact) => fact !== '')
  const room = roomBeside(others.map(columnsOf), terminal.width)
  const facts = [
    terminal.style('bold', id),
    time,
    stageWord(call.stage, terminal),
    room < LEAST ? '' : cut(nameOf(call, terminal), room),
    took
  ]
  const lines = wrap((call.snippet ?? '').replace(/\s+/g, ' '), terminal.width - 4)
  const marked = lines.map((line) => `  ${mark(line, terminal)}`)
  return [facts.filter((fact) => fact !== '').join('  '), ...marked].join('\n')
}

/** The model that was asked, or the tool that ran. */
function nameOf({ kind, tool, model }: CallSummary, terminal: Terminal): string {
  return kind === 'tool' ? `${toolMark(terminal)} ${tool ?? kind}` : (model ?? '')
}

/** Matches stand in square brackets; where there are colours, they are bold instead. */
function mark(line: string, terminal: Terminal): string {
  return line.replace(MATCH, (whole, word: string) => {
    const styled = terminal.style('bold', word)
    return styled === word ? whole : styled
  })
}
