import type { RedactReport } from '@slm-audit/core/journal'
import type { Terminal } from '../terminal.ts'
import { counted } from './figures.ts'
import { wrap } from './words.ts'

/** What a redaction changed, or would change, in words. */
export function renderRedaction(report: RedactReport, isDone: boolean, terminal: Terminal): string {
  const { calls, contents, held, incidents, isLogEmpty, leftToDo, spoolsLeft } = report
  const mark = isDone && contents > 0 ? terminal.style('green', '✓ ') : ''
  const done = isDone ? 'redacted' : 'would be redacted'
  const head =
    contents === 0
      ? 'Nothing is found; nothing is changed.'
      : `${counted(contents, 'content')} of ${counted(calls, 'call')} ${done}`
  const notes = [
    ...(isDone && contents > 0 ? ['what they were is erased, and every proof stays valid'] : []),
    ...(held > 0
      ? [`${counted(held, 'record')} held for ${incidents.join(', ')} stay as they are`]
      : []),
    ...(leftToDo ?? []),
    ...(isLogEmpty || leftToDo
      ? []
      : ['somebody reads the database: its write-ahead log keeps old pages until they are done']),
    ...(spoolsLeft > 0
      ? [
          `${counted(spoolsLeft, 'spool')} of killed processes could not be taken in; they may hold more`
        ]
      : [])
  ]
  const lines = notes.flatMap((text) => wrap(text, terminal.width - 2).map((line) => `  ${line}`))
  return [`${mark}${head}`, ...lines].join('\n')
}
