import {
  type Session,
  type SessionRun,
  type SessionStep,
  type SessionSummary,
  stepName
} from '@slm-audit/core/reader'
import type { Terminal } from '../terminal.ts'
import { clockWord, momentShort } from './clock-words.ts'
import { columnsOf } from './columns.ts'
import { durationFigure } from './figures.ts'
import { arrow, dot, stageMark, toolMark } from './marks.ts'
import { cut, wrap } from './words.ts'

/** From here on a step has words beside its name. */
const WITH_WORDS = 80
const TOOK = 7
const LONGEST_NAME = 18
/** The least columns of the bars. */
const LEAST_BARS = 12
const SLOWEST = 'slowest'
/** Numbers of calls that the last line names. */
const MOST_NUMBERS = 8

/**
 * What a session says in one line: `S-42 · u-7 · 5 steps · 3.4 s, 2.6 s of it in searchPolicy`. Where that is too wide, who
 * served it is left out first, then when.
 */
export function sessionHead(session: SessionSummary, terminal: Terminal): string {
  const { users, services, beganAt, stepCount, busyMs, slowest, errorCount, openCount } = session
  const within = slowest ? `, ${durationFigure(slowest.durationMs)} of it in ${slowest.name}` : ''
  const headOf = (others: readonly string[]): string =>
    [
      session.session,
      users.join(', '),
      ...others,
      stepCount === 1 ? '1 step' : `${stepCount} steps`,
      `${durationFigure(busyMs)}${within}`,
      errorCount === 0 ? '' : errorCount === 1 ? '1 error' : `${errorCount} errors`,
      openCount === 0 ? '' : `${openCount} not ended`
    ]
      .filter((fact) => fact !== '')
      .join(` ${dot(terminal)} `)
  const moment = momentOf(beganAt, terminal)
  const heads = [headOf([services.join(', '), moment]), headOf([moment])]
  const fitting = heads.find((head) => columnsOf(head) <= terminal.width)
  return cut(fitting ?? headOf([]), terminal.width)
}

/** A session as a timeline: what was asked, each step with a bar, what was answered. */
export function renderSession(session: Session, terminal: Terminal): string {
  const lines = [terminal.style('bold', sessionHead(session, terminal))]
  const longest = Math.max(1, ...session.runs.map(({ durationMs }) => durationMs))
  const steps = session.runs.flatMap((run) => run.steps)
  const names = steps.map((step) => nameOf(step, terminal))
  const columns = {
    longestMs: longest,
    names: Math.max(...names.map(columnsOf)),
    slowest: steps.length > 1 ? slowestStep(steps) : undefined
  }
  for (const run of session.runs) {
    if (run.pauseMs !== undefined) {
      lines.push(terminal.style('dim', `${dot(terminal)} ${durationFigure(run.pauseMs)} later`))
    }
    const question = run.steps.find((step) => step.kind === 'call' && step.question)?.question
    if (question !== undefined) {
      lines.push(said('user', terminal.style('bold', cut(question, terminal.width - 6)), terminal))
    }
    lines.push(...runLines(run, columns, terminal))
    const answer = run.steps.findLast((step) => step.kind === 'call' && step.answer)
    if (answer?.answer) lines.push(...wrap(`answer  ${answer.answer}`, terminal.width))
  }
  for (const { index, question, answer } of session.annotations) {
    lines.push(cut(`note ${index}  ${answer ?? question ?? ''}`, terminal.width))
  }
  return lines.join('\n')
}

/** What to type next about a session. */
export function sessionHint(session: Session, terminal: Terminal): string {
  const numbers = session.runs.flatMap(({ steps }) => steps.map(({ index }) => index))
  const shown = numbers.slice(0, MOST_NUMBERS).join(' ')
  const more = numbers.length > MOST_NUMBERS ? ' …' : ''
  const text = `show ${shown}${more} ${dot(terminal)} --turns ${dot(terminal)} --json`
  return terminal.style('dim', cut(text, terminal.width))
}

/** Sessions, one in two lines: what is known of it, and its first question. */
export function renderSessions(sessions: readonly SessionSummary[], terminal: Terminal): string {
  return sessions
    .map((session) => {
      const { question = '', answer = '', errorCount, openCount } = session
      const stage = errorCount > 0 ? 'error' : openCount > 0 ? 'received' : 'complete'
      const head = sessionHead(session, { ...terminal, width: terminal.width - 2 })
      const words = answer === '' ? question : `${question} ${arrow(terminal)} ${answer}`
      return [
        `${stageMark(stage, terminal)} ${terminal.style('bold', head)}`,
        ...(words === '' ? [] : [`  ${cut(words, terminal.width - 2)}`])
      ].join('\n')
    })
    .join('\n')
}

interface Columns {
  /** Milliseconds that all bars together stand for. */
  readonly longestMs: number
  /** Columns of the widest name. */
  readonly names: number
  readonly slowest: SessionStep | undefined
}

function runLines(run: SessionRun, columns: Columns, terminal: Terminal): string[] {
  const { width, isAscii } = terminal
  const [first] = run.steps
  const note = columns.slowest ? SLOWEST.length + 1 : 0
  const room = width - 2 - columns.names - 2 - TOOK - 2 - note
  const words = width >= WITH_WORDS ? Math.floor(room * 0.45) : 0
  const bars = Math.max(LEAST_BARS, room - (words > 0 ? words + 2 : 0))
  return run.steps.map((step, at) => {
    const isLast = at === run.steps.length - 1
    const branch = isAscii ? (isLast ? '`' : '|') : isLast ? '└' : '├'
    const begin = `${terminal.style('dim', branch)} ${padded(nameOf(step, terminal), columns.names)}`
    const doing = words > 0 ? `  ${padded(cut(doingOf(step, terminal), words), words)}` : ''
    const offset = step.offsetMs - (first?.offsetMs ?? 0)
    const bar = barOf(step, offset, { longestMs: columns.longestMs, bars }, terminal)
    const took = tookOf(step).padStart(TOOK)
    const marked = step === columns.slowest ? ` ${terminal.style('yellow', SLOWEST)}` : ''
    return `${begin}${doing}  ${padded(bar, bars)}  ${terminal.style('dim', took)}${marked}`.trimEnd()
  })
}

function slowestStep(steps: readonly SessionStep[]): SessionStep | undefined {
  return steps.reduce((slowest, step) =>
    (step.durationMs ?? 0) > (slowest.durationMs ?? 0) ? step : slowest
  )
}

/** Levels that are shown by where a name begins; what is deeper has the number of its level. */
const DEEPEST = 6

function nameOf(step: SessionStep, terminal: Terminal): string {
  const { depth } = step
  const indent = depth <= DEEPEST ? '  '.repeat(depth) : `${'  '.repeat(DEEPEST)}${depth} `
  return (
    indent + cut(markedName(step, terminal), Math.max(LEAST_BARS, LONGEST_NAME - indent.length))
  )
}

/** What a step did: what it answered, what it asks for, or why it failed. */
function doingOf(step: SessionStep, terminal: Terminal): string {
  const { kind, stage, errorType, answer, tool } = step
  if (stage === 'error' || stage === 'abandoned' || stage === 'denied') return errorType ?? stage
  if (kind === 'tool') return answer === undefined ? '' : `${arrow(terminal)} ${answer}`
  if (tool !== undefined && answer === undefined) return `asks ${tool}`
  return answer ?? (stage === 'complete' ? '' : stage)
}

function barOf(
  { kind, durationMs = 0 }: SessionStep,
  offsetMs: number,
  { longestMs, bars }: { readonly longestMs: number; readonly bars: number },
  { isAscii }: Terminal
): string {
  const [model, tool] = isAscii ? ['#', '='] : ['█', '▒']
  const at = Math.min(bars - 1, Math.floor((offsetMs / longestMs) * bars))
  const length = Math.max(1, Math.min(bars - at, Math.round((durationMs / longestMs) * bars)))
  return ' '.repeat(at) + (kind === 'tool' ? tool : model).repeat(length)
}

function markedName(step: SessionStep, terminal: Terminal): string {
  const name = step.kind === 'tool' ? `${toolMark(terminal)} ${stepName(step)}` : stepName(step)
  return step.stage === 'complete'
    ? name
    : `${stageMark(step.stage, { ...terminal, style: (_, text) => text })} ${name}`
}

function tookOf({ durationMs, stage }: SessionStep): string {
  return durationMs === undefined && stage === 'received' ? 'open' : durationFigure(durationMs)
}

function said(who: string, text: string, terminal: Terminal): string {
  return `${terminal.style('dim', who)}  ${text}`
}

function momentOf(iso: string, terminal: Terminal): string {
  const seconds = clockWord(iso, terminal).slice(5)
  return `${momentShort(iso, terminal)}${seconds}`
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columnsOf(text)))
}
