import type { AuditedCall } from '@slm-audit/core/reader'
import { asChat, textOf } from '@slm-audit/core/reader'
import type { Difference, ReplayReport } from '@slm-audit/replay'
import type { Terminal } from '../../terminal.ts'
import { durationFigure } from '../figures.ts'
import { cut, wrap } from '../words.ts'
import { markedSides, wrapStyled } from './text-diff.ts'

/** A call that was made again: one line where the answer is the same, else both answers with what differs. */
export function renderAgain(
  recorded: AuditedCall,
  again: AuditedCall,
  difference: Difference,
  terminal: Terminal
): string {
  const { isIdentical, isExpected, before, after, changed, durationMs } = difference
  const mark = markOf(isIdentical, terminal)
  const number = String(recorded.indices[0] ?? '')
  const [was, is] = durationMs.map((ms) => (ms === undefined ? '' : durationFigure(ms)))
  const times = `${was} ${terminal.isAscii ? '->' : '→'} ${is}`
  const question = cut(
    oneLine(textOf(asChat(lastOf(recorded.contents.input)))),
    Math.max(12, terminal.width - number.length - times.length - 6)
  )
  const head = `${mark} ${number}  ${question}  ${terminal.style('dim', times)}`
  if (isIdentical) return head
  const [removed, added] = markedSides(before, after, terminal)
  const side = (sign: string, text: string) =>
    wrapStyled(text, terminal.width - 4).map((line, at) => `  ${at === 0 ? sign : ' '} ${line}`)
  const why = changed.map(
    ({ what, before: old, after: now }) =>
      `${what} ${cut(old, 24)} ${terminal.isAscii ? '->' : '→'} ${cut(now, 24)}`
  )
  const reason = isExpected
    ? ['same weights, settings and seed: the same bytes were expected']
    : why.length > 0
      ? [`different: ${why.join(', ')}`]
      : []
  return [
    head,
    ...side(terminal.isAscii ? '-' : '−', removed),
    ...side('+', added),
    ...reason
      .flatMap((text) => wrap(text, terminal.width - 4))
      .map((line) => terminal.style('dim', `    ${line}`)),
    terminal.style(
      'dim',
      `    show ${number} ${terminal.isAscii ? '-' : '·'} show ${again.indices[0] ?? ''}`
    )
  ].join('\n')
}

/** How far a replay without a model was the recording again. */
export function renderReplayReport(report: ReplayReport, terminal: Terminal): string {
  const { recorded, exact, diverged, live, unanswered, unused, unservable, steps } = report
  const isSame = diverged === 0 && unanswered === 0 && unused === 0
  const parts = [
    `${exact} of ${recorded} recorded calls asked again exactly`,
    ...(diverged > 0 ? [`${diverged} diverged`] : []),
    ...(live > 0 ? [`${live} went to a model`] : []),
    ...(unanswered > 0 ? [`${unanswered} without an answer`] : []),
    ...(unused > 0 ? [`${unused} not asked for`] : []),
    ...(unservable > 0 ? [`${unservable} recorded that cannot be served`] : [])
  ]
  const lines = wrap(`${markOf(isSame, terminal)} ${parts.join(', ')}`, terminal.width)
  const odd = steps.filter(({ match }) => match !== 'exact')
  for (const { step, match, differs, auditId } of odd) {
    const where = differs.length > 0 ? ` in ${differs.join(', ')}` : ''
    const from = auditId === undefined ? '' : ` from ${auditId}`
    lines.push(...wrap(`  request ${step}: ${match}${where}${from}`, terminal.width))
  }
  return lines.join('\n')
}

function markOf(isSame: boolean, terminal: Terminal): string {
  if (terminal.isAscii) return isSame ? 'ok' : '!='
  return isSame ? terminal.style('green', '✓') : terminal.style('yellow', '≠')
}

/** Of messages, the last: what was asked. */
function lastOf(input: unknown): unknown {
  return Array.isArray(input) ? input.slice(-1) : input
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
