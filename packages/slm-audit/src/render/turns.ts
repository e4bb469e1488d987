import type { AuditedCall, SessionStep, ShownMessage, TurnFolding } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { clockWord } from './clock-words.ts'
import { columnsOf } from './columns.ts'
import { stageMark } from './marks.ts'
import { wrap } from './words.ts'

/** Columns of the role before a message. */
const ROLE = 11
const LONGEST = 2_000

/** What a step of a session said that the steps before it had not. */
export function renderTurn(
  step: SessionStep,
  call: AuditedCall,
  folding: TurnFolding,
  terminal: Terminal
): string {
  const { contents, record } = call
  const name = record.call?.name ?? step.model ?? step.kind
  const time = terminal.style('dim', clockWord(step.receivedAt, terminal))
  const number = terminal.style('bold', String(step.index))
  const lines = [`${stageMark(step.stage, terminal)} ${number}  ${time}  ${name}`]
  const { asked, answered, folded } = folding.next(contents.input, contents.output)
  if (folded > 0) {
    const words = folded === 1 ? '1 message' : `${folded} messages`
    lines.push(terminal.style('dim', `  + ${words} said before`))
  }
  const isTool = step.kind === 'tool'
  lines.push(
    ...asked.flatMap((message) => messageLines(message, isTool ? 'arguments' : 'user', terminal))
  )
  lines.push(
    ...answered.flatMap((message) =>
      messageLines(message, isTool ? 'result' : 'assistant', terminal)
    )
  )
  if (step.errorType !== undefined) {
    lines.push(...messageLines({ role: 'error', text: step.errorType }, 'error', terminal))
  }
  return lines.join('\n')
}

function messageLines({ role, text }: ShownMessage, usual: string, terminal: Terminal): string[] {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}… (show has all)` : text
  return wrap(shown, terminal.width - ROLE - 2).map((line, at) => {
    const head = at === 0 ? (role ?? usual).slice(0, ROLE - 1) : ''
    const blanks = ' '.repeat(ROLE - columnsOf(head))
    return `  ${terminal.style('dim', head)}${blanks}${line}`.trimEnd()
  })
}
