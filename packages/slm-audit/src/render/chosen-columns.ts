import { AuditError, type CallSummary } from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { clockWord, dayWord } from './clock-words.ts'
import { columnsOf, tabbedRow } from './columns.ts'
import { stageMark, toolMark } from './marks.ts'
import { cut, durationWord, tokensWord } from './words.ts'

/** A column of a list. */
interface Column {
  /** The value, whole: what a pipe gets. */
  readonly of: (call: CallSummary) => string | number | undefined
  /** The value for people, where that is another text. */
  readonly shown?: (call: CallSummary, terminal: Terminal) => string
  /** Numbers stand at the right. */
  readonly isNumber?: true
  /** Takes of the room what the others leave. */
  readonly isText?: true
}

const COLUMNS: { readonly [name: string]: Column } = {
  number: { of: ({ index }) => index, isNumber: true },
  id: { of: ({ auditId }) => auditId },
  date: {
    of: ({ receivedAt }) => receivedAt,
    shown: (call, terminal) => dayWord(call.receivedAt, terminal)
  },
  time: {
    of: ({ receivedAt }) => receivedAt,
    shown: (call, terminal) => clockWord(call.receivedAt, terminal)
  },
  stage: { of: ({ stage }) => stage, shown: ({ stage }, terminal) => stageMark(stage, terminal) },
  kind: { of: ({ kind }) => kind },
  user: { of: ({ user }) => user },
  session: { of: ({ session }) => session },
  provider: { of: ({ provider }) => provider },
  model: { of: ({ model }) => model },
  operation: { of: ({ operation }) => operation },
  tool: {
    of: ({ tool }) => tool,
    shown: ({ tool }, terminal) => (tool === undefined ? '' : `${toolMark(terminal)} ${tool}`)
  },
  question: { of: ({ question }) => question, isText: true },
  answer: { of: ({ answer }) => answer, isText: true },
  error: { of: ({ errorType }) => errorType },
  tokens: {
    of: ({ inputTokens, outputTokens }) => `${inputTokens ?? ''}→${outputTokens ?? ''}`,
    shown: (call) => tokensWord(call),
    isNumber: true
  },
  took: {
    of: ({ durationMs }) => durationMs,
    shown: ({ durationMs }) => durationWord(durationMs),
    isNumber: true
  }
}

/** The columns of a list, unless others are chosen. */
const USUAL = ['number', 'time', 'stage', 'user', 'model', 'question', 'answer', 'took']

const GAP = '  '
const LONGEST = 40
const SHORTEST_TEXT = 8

/**
 * The names of columns that `--columns` means: `user,question` those alone, `+tokens,-user` the usual ones
 * with one more and one less. Throws AuditError `bad_query` for a name that is not one.
 */
export function chosenColumns(text: string): string[] {
  const words = text.split(',').map((word) => word.trim())
  const names = words.map((word) => word.replace(/^[+-]/, ''))
  const wrong = names.find((name) => !Object.hasOwn(COLUMNS, name))
  if (wrong !== undefined) {
    const all = Object.keys(COLUMNS).join(', ')
    throw new AuditError('bad_query', `there is no column ${wrong}; take some of ${all}`)
  }
  if (!words.every((word) => /^[+-]/.test(word))) return names
  const left = words.flatMap((word) => (word.startsWith('-') ? [word.slice(1)] : []))
  const more = words.flatMap((word) => (word.startsWith('+') ? [word.slice(1)] : []))
  const kept = [...USUAL, ...more.filter((name) => !USUAL.includes(name))]
  return kept.filter((name) => !left.includes(name))
}

/** Calls in these columns for programs that cut them: tabs between them, nothing cut, no names. */
export function tabbedColumns(calls: readonly CallSummary[], names: readonly string[]): string {
  const columns = names.flatMap((name) => COLUMNS[name] ?? [])
  return calls.map((call) => tabbedRow(columns.map((column) => column.of(call)))).join('')
}

/** Calls in these columns, with their names above. */
export function renderColumns(
  calls: readonly CallSummary[],
  names: readonly string[],
  terminal: Terminal
): string {
  const columns = names.flatMap((name) => COLUMNS[name] ?? [])
  const cells = calls.map((call) =>
    columns.map((column) =>
      cut(shownOf(column, call, terminal), LONGEST * (column.isText ? 10 : 1))
    )
  )
  const heads = names.map((name) => (name === 'stage' ? '' : name))
  const widths = fitted(columns, [heads, ...cells], terminal.width)
  const lineOf = (row: readonly string[]) =>
    row
      .map((cell, at) => padded(cut(cell, widths[at] ?? 0), widths[at] ?? 0, columns[at]?.isNumber))
      .join(GAP)
      .trimEnd()
  return [terminal.style('dim', lineOf(heads)), ...cells.map(lineOf)].join('\n')
}

/** How wide each column is: as its widest cell, but texts share what the others leave of the width. */
function fitted(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number
): number[] {
  const natural = columns.map((_, at) => Math.max(...rows.map((row) => columnsOf(row[at] ?? ''))))
  const texts = columns.filter(({ isText }) => isText).length
  const others = natural.reduce((sum, each, at) => (columns[at]?.isText ? sum : sum + each), 0)
  const left = width - others - GAP.length * (columns.length - 1)
  const share = Math.max(SHORTEST_TEXT, Math.floor(left / Math.max(1, texts)))
  return natural.map((each, at) => (columns[at]?.isText ? Math.min(each, share) : each))
}

function shownOf(column: Column, call: CallSummary, terminal: Terminal): string {
  return column.shown ? column.shown(call, terminal) : String(column.of(call) ?? '')
}

function padded(text: string, width: number, isNumber = false): string {
  const gap = ' '.repeat(Math.max(0, width - columnsOf(text)))
  return isNumber ? gap + text : text + gap
}
