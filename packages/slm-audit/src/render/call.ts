import { type AuditedCall, annotationText } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { columnsOf, visible } from './columns.ts'
import { confidenceLines } from './confidence.ts'
import { conversationOf, type Said } from './conversation.ts'
import { renderFacts } from './facts.ts'
import { renderLogprobs } from './logprobs.ts'
import { dot, toolMark } from './marks.ts'
import { timeBar } from './time-bar.ts'
import { type Standing, titleLines } from './title.ts'
import { cut, wrap } from './words.ts'

/** From here on the facts stand beside the conversation. */
const BESIDE = 140
/** Columns of the conversation's share there. */
const SHARE = 0.6
const ROLE = 11
const INDENT = 2
/** Columns that a text is wrapped to where nothing has to fit. */
const USUAL = 100
const LONGEST = 4_000
const SHOWN = new Set(['input', 'reasoning', 'output', 'error', 'logprobs'])
/** What is one line unless all is shown. */
const BRIEF = new Set(['asks', 'tool', 'thinking'])

/** How a call is shown. */
export interface CallView {
  /** Whether a checkpoint covers it. */
  readonly standing?: Standing
  /** The number of the call that follows in its session. */
  readonly next?: number | undefined
  /** Nothing is folded: all messages, all facts, every token with its probability. */
  readonly all?: boolean
}

/**
 * One call: how it ended, what was asked and answered, then the facts; beside the conversation where there
 * is room. The last line says what to type next.
 */
export function renderCall(call: AuditedCall, terminal: Terminal, view: CallView = {}): string {
  const { width } = terminal
  const isBeside = Number.isFinite(width) && width >= BESIDE && !view.all
  const bar = timeBar(call.record, terminal)
  const lines = titleLines(call, view.standing, terminal)
  if (bar !== undefined) lines.push(`  ${bar}`)
  const left = isBeside ? Math.floor(width * SHARE) : Number.isFinite(width) ? width : USUAL
  const said = conversationLines(call, terminal, left, view.all)
  const facts = (room: number) => renderFacts(call, { ...terminal, width: room }, view.all)
  if (isBeside) lines.push(...beside(said, facts(width - left - 1), left, terminal))
  else lines.push(...said, ...facts(Number.isFinite(width) ? width : USUAL))
  if (view.all) {
    const sure = renderLogprobs(call.contents.logprobs, call.record.confidence, terminal)
    if (sure !== undefined) lines.push(sure)
  }
  lines.push(nextLine(call, terminal, view))
  return lines.join('\n')
}

function conversationLines(
  call: AuditedCall,
  terminal: Terminal,
  width: number,
  all = false
): string[] {
  const { before, now } = conversationOf(call)
  const room = width - INDENT - ROLE
  const lines: string[] = []
  if (all) lines.push(...before.flatMap((one) => saidLines(one, room, terminal, all)))
  else if (before.length > 0) lines.push(terminal.style('dim', `  + ${foldedWord(before)}: --all`))
  lines.push(...now.flatMap((one) => saidLines(one, room, terminal, all)))
  const indent = ' '.repeat(INDENT + ROLE)
  const sure = confidenceLines(call.contents.logprobs, terminal, room)
  lines.push(...sure.map((line) => indent + terminal.style('dim', line)))
  for (const gone of [absentWords(call), encryptedWords(call)]) {
    if (gone === undefined) continue
    lines.push(...wrap(gone, width - INDENT).map((line) => `  ${terminal.style('yellow', line)}`))
  }
  for (const { says, kinds } of call.annotations ?? []) {
    const { by, ...rest } = says
    const text = visible(
      `${annotationText(rest, kinds)}${typeof by === 'string' ? ` (${by})` : ''}`
    )
    lines.push(...saidLines({ role: 'note', text }, room, terminal, all))
  }
  const others = Object.keys(call.contents).filter((name) => !SHOWN.has(name))
  if (others.length > 0) {
    const word = `also kept: ${visible(others.join(', '))} (--json shows all)`
    lines.push(...wrap(word, width - INDENT).map((line) => `  ${terminal.style('dim', line)}`))
  }
  return lines
}

function saidLines({ role, text }: Said, room: number, terminal: Terminal, all: boolean): string[] {
  const isTool = role === 'asks' || role === 'tool'
  const name = cut(isTool ? `${toolMark(terminal)} ${role}` : role, ROLE - 1)
  const shown = text.length > LONGEST && !all ? `${text.slice(0, LONGEST)}… (--all)` : text
  const isBrief = !all && BRIEF.has(role)
  return (isBrief ? [cut(shown, room)] : wrap(shown, room)).map((line, at) => {
    const head = at === 0 ? name : ''
    const style = role === 'error' ? 'red' : isBrief ? 'dim' : undefined
    const heading = terminal.style('dim', head + ' '.repeat(ROLE - columnsOf(head)))
    return `  ${heading}${style ? terminal.style(style, line) : line}`.trimEnd()
  })
}

function foldedWord(before: readonly Said[]): string {
  const systems = before.filter(({ role }) => role === 'system').length
  const others = before.length - systems
  const messages = `${others} earlier ${others === 1 ? 'message' : 'messages'}`
  if (systems === 0) return messages
  return others === 0 ? 'system' : `system and ${messages}`
}

/** Two columns of lines; `left` is how wide the first one is. */
function beside(
  said: readonly string[],
  facts: readonly string[],
  left: number,
  terminal: Terminal
): string[] {
  const bar = terminal.style('dim', terminal.isAscii ? '|' : '│')
  return Array.from({ length: Math.max(said.length, facts.length) }, (_, at) => {
    const first = said[at] ?? ''
    const gap = ' '.repeat(Math.max(0, left - columnsOf(first)))
    return `${first}${gap}${bar}${(facts[at] ?? '').slice(1)}`
  })
}

/** Names what is encrypted, with which key, and why that could not be had. */
function encryptedWords({ encrypted = [] }: AuditedCall): string | undefined {
  if (encrypted.length === 0) return undefined
  const words = encrypted.map(({ name, key }) => `${name} (key ${key})`)
  const [why] = encrypted.flatMap((each) => each.why ?? [])
  const next = why ?? 'give its keys: --contents-keys'
  return `encrypted: ${visible(`${words.join(', ')}; ${next}`)}`
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

function nextLine(
  { record, indices }: AuditedCall,
  terminal: Terminal,
  { all, next }: CallView
): string {
  const { session } = record.context ?? {}
  const words = [
    ...(next === undefined ? [] : [`show ${next}`]),
    ...(session === undefined
      ? []
      : [`session ${/[\s"]/.test(session) ? JSON.stringify(session) : session}`]),
    ...(all ? [] : ['--all']),
    '--json',
    ...(record.call?.endpoint === undefined ? [] : ['--curl']),
    `prove ${indices[0]}`
  ]
  const line = `next: ${words.join(` ${dot(terminal)} `)}`
  return terminal.style('dim', `  ${cut(line, terminal.width - INDENT)}`)
}
