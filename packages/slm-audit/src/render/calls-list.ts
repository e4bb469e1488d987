import type { CallSummary } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { clockWord, dayWord, zoneWord } from './clock-words.ts'
import { columnsOf, tabbedRow, visible } from './columns.ts'
import { arrow, dot, stageMark, toolMark } from './marks.ts'
import { cut, durationWord, tokensWord } from './words.ts'

/** From here on a call has one line, and a line for more facts. */
const ONE_LINE = 80
const MORE_FACTS = 140
const GAP = 2
/** Most columns of a name. */
const LONGEST_USER = 12
const LONGEST_MODEL = 16

/**
 * Calls with what was asked and answered: below 80 columns in two lines each, else in one, and the room
 * goes to the words. The first line says the day and whose clock it is; a new day has a line of its own.
 */
export function renderCalls(
  calls: readonly CallSummary[],
  chosen: string,
  terminal: Terminal,
  order: readonly string[]
): string {
  const table = widthsOf(calls, terminal)
  const lines: string[] = []
  let day = ''
  for (const call of calls) {
    const ownDay = dayWord(call.receivedAt, terminal)
    if (lines.length === 0) lines.push(headOf(ownDay, chosen, order, terminal))
    else if (ownDay !== day) lines.push(terminal.style('dim', ownDay))
    day = ownDay
    lines.push(...renderCall(call, table, terminal))
  }
  return lines.join('\n')
}

/** Calls for programs that cut columns: tabs between them, nothing cut or rounded, no head. */
export function tabbedCalls(calls: readonly CallSummary[]): string {
  return calls.map(tabbed).join('')
}

/** The first line of `tail`: today, and whose clock it is. */
export function renderTailHead(chosen: string, terminal: Terminal): string {
  const today = dayWord(new Date().toISOString(), terminal)
  return headOf(today, chosen, ['newest last'], terminal)
}

/** One call, for `tail`: the columns of all lines are as wide. */
export function renderLine(call: CallSummary, terminal: Terminal): string {
  const isNarrow = terminal.width < ONE_LINE
  const isWide = terminal.width >= MORE_FACTS
  const widths = {
    id: 6,
    user: isNarrow ? 0 : LONGEST_USER,
    session: isWide ? LONGEST_USER : 0,
    model: LONGEST_MODEL,
    tokens: isWide ? 12 : 0,
    took: 8
  }
  return renderCall(call, widths, terminal).join('\n')
}

interface Widths {
  readonly id: number
  readonly user: number
  readonly session: number
  readonly model: number
  readonly tokens: number
  readonly took: number
}

/** The first line: `order` is how the calls are sorted, and how many of them are shown. */
function headOf(day: string, chosen: string, order: readonly string[], terminal: Terminal): string {
  const begin = [day, zoneWord(terminal), chosen].filter((fact) => fact !== '')
  const headWith = (facts: readonly string[]) => [...begin, ...facts].join(` ${dot(terminal)} `)
  // What does not fit is left out whole, and only a long filter is cut.
  let taken = order.length
  while (taken > 0 && columnsOf(visible(headWith(order.slice(0, taken)))) > terminal.width) taken--
  return terminal.style('dim', cut(headWith(order.slice(0, taken)), terminal.width))
}

function widthsOf(calls: readonly CallSummary[], terminal: Terminal): Widths {
  const widest = (of: (call: CallSummary) => string) =>
    Math.max(0, ...calls.map((call) => columnsOf(of(call))))
  const isWide = terminal.width >= MORE_FACTS
  return {
    id: widest(({ index }) => String(index)),
    user: terminal.width < ONE_LINE ? 0 : widest((call) => cut(call.user ?? '', LONGEST_USER)),
    session: isWide ? widest((call) => cut(call.session ?? '', LONGEST_USER)) : 0,
    model: widest((call) => cut(nameOf(call, terminal), LONGEST_MODEL)),
    tokens: isWide ? widest(tokensWord) : 0,
    took: widest(tookWord)
  }
}

function renderCall(call: CallSummary, widths: Widths, terminal: Terminal): string[] {
  const { width } = terminal
  const isNarrow = width < ONE_LINE
  const id = String(call.index).padStart(widths.id)
  const time = clockWord(call.receivedAt, terminal, isNarrow)
  const begin = `${terminal.style('bold', id)}  ${terminal.style('dim', time)}  ${stageMark(call.stage, terminal)}`
  const beginColumns = widths.id + GAP + time.length + GAP + 1
  const took = terminal.style('dim', tookWord(call).padStart(widths.took))
  if (isNarrow) {
    const room = width - beginColumns - 1 - GAP - widths.took
    const [said, second] = saidOf(call)
    const first =
      call.question === undefined ? nameOf(call, terminal) : toolAnd(said, call, terminal)
    const line = `${begin} ${padded(terminal.style('bold', cut(first, room)), room)}  ${took}`
    const indent = ' '.repeat(beginColumns + 1)
    const below = second === '' ? [] : [`${indent}${cut(second, width - indent.length)}`]
    return [line.trimEnd(), ...below]
  }
  const facts = [
    ...(widths.user > 0 ? [padded(cut(call.user ?? '', LONGEST_USER), widths.user)] : []),
    ...(widths.session > 0 ? [padded(cut(call.session ?? '', LONGEST_USER), widths.session)] : []),
    padded(cut(nameOf(call, terminal), LONGEST_MODEL), widths.model)
  ]
  const end = [...(widths.tokens > 0 ? [tokensWord(call).padStart(widths.tokens)] : []), took]
  const factColumns = facts.reduce((sum, fact) => sum + columnsOf(fact) + GAP, 0)
  const endColumns = (widths.tokens > 0 ? widths.tokens + GAP : 0) + widths.took
  const room = width - beginColumns - 1 - factColumns - GAP - endColumns
  const said = padded(oneLine(call, room, terminal), room)
  return [`${begin} ${facts.join('  ')}  ${said}  ${end.join('  ')}`.trimEnd()]
}

/** What was asked and what came of it in one line: the question gets what the answer leaves, half at least. */
function oneLine(call: CallSummary, room: number, terminal: Terminal): string {
  const [question, answer] = saidOf(call)
  if (answer === '') return terminal.style('bold', cut(question, room))
  const end = (text: string) => (call.stage === 'error' ? terminal.style('red', text) : text)
  const between = ` ${arrow(terminal)} `
  const left = room - between.length
  const half = Math.floor(left / 2)
  const asked = cut(question, Math.max(half, left - columnsOf(visible(answer))))
  return `${terminal.style('bold', asked)}${between}${end(cut(answer, left - columnsOf(asked)))}`
}

function saidOf(call: CallSummary): readonly [asked: string, answered: string] {
  const { errorType, kind, operation, stage } = call
  const { question = lockedWord(call), answer = askedWord(call) } = call
  const asked = question === '' ? (kind === 'call' ? (operation ?? kind) : kind) : question
  if (errorType === undefined) return [asked, answer]
  if (stage === 'error') return [asked, [errorType, answer].filter(Boolean).join(', ')]
  // The mark says that it was stopped; the room is for what was said until then.
  return [asked, answer === '' ? errorType : `${answer} (${errorType})`]
}

/** Stands for the answer of a model that said nothing, and asked for a tool. */
function askedWord({ kind, tool, stage }: CallSummary): string {
  return kind === 'call' && tool !== undefined && stage === 'complete' ? `asks ${tool}` : ''
}

/** Stands for a question that cannot be read here. */
function lockedWord({ encrypted }: CallSummary): string {
  return encrypted === undefined ? '' : `encrypted (key ${encrypted})`
}

/** What a tool was asked with, its name before it; what a model was asked stands alone. */
function toolAnd(said: string, call: CallSummary, terminal: Terminal): string {
  return call.kind === 'tool' ? `${nameOf(call, terminal)} ${said}` : said
}

function nameOf(call: CallSummary, terminal: Terminal): string {
  const { kind, tool, model, operation } = call
  if (kind === 'tool') return `${toolMark(terminal)} ${tool ?? kind}`
  return model ?? operation ?? kind
}

/** How long it took, or has taken so far. */
function tookWord({ durationMs, stage, receivedAt }: CallSummary): string {
  if (stage !== 'received') return durationWord(durationMs)
  return `${durationWord(Math.max(0, Date.now() - Date.parse(receivedAt)))}…`
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columnsOf(text)))
}

function tabbed(call: CallSummary): string {
  const { index, receivedAt, stage, user, session, kind, tool, model, durationMs } = call
  const name = kind === 'tool' ? tool : model
  const asked = call.question ?? lockedWord(call)
  const facts = [index, receivedAt, stage, user, session, name ?? kind, durationMs, asked]
  return tabbedRow([...facts, call.errorType ?? call.answer ?? askedWord(call)])
}
