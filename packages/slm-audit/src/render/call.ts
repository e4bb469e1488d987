import { type AuditedCall, asChat, textOf } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { visible } from './columns.ts'
import { renderFacts } from './facts.ts'
import { renderLogprobs } from './logprobs.ts'
import { stageMark } from './marks.ts'
import { cut, durationWord, stageWord, wrap } from './words.ts'

const TEXTS = [
  ['input', 'prompt'],
  ['reasoning', 'reasoning'],
  ['output', 'answer'],
  ['error', 'error']
] as const
const SHOWN = new Set(['input', 'reasoning', 'output', 'error', 'logprobs'])
const LONGEST = 4_000

/** One call, whole: how it ended, what was asked and answered, how sure, then the facts. */
export function renderCall(call: AuditedCall, terminal: Terminal): string {
  const { record, contents } = call
  const sections = [titleOf(call, terminal)]
  for (const [name, heading] of TEXTS) {
    const value = contents[name]
    if (value === undefined) continue
    sections.push(section(heading, messagesOf(value), terminal))
  }
  const gone = absentWords(call)
  if (gone !== undefined) sections.push(terminal.style('yellow', gone))
  const sure = renderLogprobs(contents.logprobs, record.confidence, terminal)
  if (sure) sections.push(sure)
  const others = Object.keys(contents).filter((name) => !SHOWN.has(name))
  if (others.length > 0) {
    sections.push(
      terminal.style('dim', `also kept: ${visible(others.join(', '))} (--json shows all)`)
    )
  }
  sections.push(renderFacts(call, terminal).join('\n'))
  return sections.join('\n\n')
}

/** Names what was erased or has expired; items are counted from 1. */
function absentWords({ absent = [] }: AuditedCall): string | undefined {
  if (absent.length === 0) return undefined
  const words = absent.map(({ name, items }) => {
    if (items === undefined) return name
    const places = items.map((place) => place + 1).join(', ')
    if (places === '') return `what stood around the list of ${name}`
    return `${items.length === 1 ? 'item' : 'items'} ${places} of ${name}`
  })
  return `not stored any more: ${visible(words.join('; '))}`
}

/** One line that may be all one needs: `✓ 24018 complete: qwen3:4b answered u-7 in 301 ms`. */
function titleOf({ stage, indices, record }: AuditedCall, terminal: Terminal): string {
  const { call, response, context, timing, kind } = record
  const who = response?.model ?? call?.model ?? call?.operation ?? kind
  const verb = stage === 'complete' && kind === 'call' ? ' answered' : ''
  const user = context?.user === undefined ? '' : `${verb === '' ? ' for' : ''} ${context.user}`
  const took = timing === undefined ? '' : ` in ${durationWord(timing.durationMs)}`
  const number = terminal.style('bold', String(indices[0]))
  const begin = `${stageMark(stage, terminal)} ${number} ${stageWord(stage, terminal)}: `
  const room = terminal.width - String(indices[0]).length - stage.length - 5
  return begin + cut(`${who}${verb}${user}${took}`, room)
}

function section(heading: string, text: string, terminal: Terminal): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}… (--json shows all)` : text
  const lines = wrap(shown, terminal.width - 2)
  return [terminal.style('dim', heading), ...lines.map((line) => `  ${line}`.trimEnd())].join('\n')
}

/** Messages line by line with their roles; other contents as their words, or as JSON. */
function messagesOf(content: unknown): string {
  const value = asChat(content)
  if (Array.isArray(value)) {
    // What is not stored any more is null.
    const stored = value.filter((message) => message !== null)
    if (stored.length > 0 && stored.every(hasRole)) {
      return stored.map((message) => `${message.role}: ${textOf({ ...message })}`).join('\n')
    }
  }
  const text = textOf(value)
  return text === '' ? JSON.stringify(value) : text
}

function hasRole(value: unknown): value is { readonly role: string } {
  return (
    typeof value === 'object' && value !== null && 'role' in value && typeof value.role === 'string'
  )
}
