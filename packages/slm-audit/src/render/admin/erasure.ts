import type { EraseReport } from '@slm-audit/core/journal'
import type { Terminal } from '../../terminal.ts'
import { counted } from '../figures.ts'
import { wrap } from '../words.ts'

/** What an erasure took out, or would take out, in words. */
export function renderErasure(report: EraseReport, isDone: boolean, terminal: Terminal): string {
  const mark = isDone && report.contents > 0 ? terminal.style('green', '✓ ') : ''
  const notes = [
    ...(report.contents > 0 ? notesOf(report, isDone) : []),
    ...exporterNotes(report),
    ...holdNotes(report),
    ...spoolNotes(report)
  ]
  const lines = notes.flatMap((text) => wrap(text, terminal.width - 2).map((line) => `  ${line}`))
  return [`${mark}${sentence(report, isDone)}`, ...lines].join('\n')
}

function sentence({ calls, contents, bytes, held }: EraseReport, isDone: boolean): string {
  if (calls === 0 && held === 0) return 'No call matches; nothing is erased.'
  if (contents === 0 && held > 0) return 'Nothing is erased.'
  if (contents === 0) return 'All of it is erased already.'
  const done = isDone ? 'erased' : 'would be erased'
  return `${counted(contents, 'content')} and ${counted(bytes, 'byte')} of ${counted(calls, 'call')} ${done}`
}

function notesOf({ records, sharing, keys, isLogEmpty }: EraseReport, isDone: boolean): string[] {
  const notes = isDone
    ? ['headers and proofs stay valid; slm-audit verify tells the rest from what is destroyed']
    : [`${counted(records, 'record')} in the scope; nothing is changed`]
  if (keys > 0) {
    const verb = isDone ? 'destroyed' : 'would be destroyed'
    notes.push(
      `${counted(keys, 'data key')} ${verb}: what older copies hold cannot be read with the log`
    )
  }
  if (sharing > 0) {
    notes.push(`${counted(sharing, 'other record')} of the same conversation had parts of it`)
  }
  if (!isLogEmpty) {
    notes.push(
      'somebody reads the database: its write-ahead log keeps old pages until they are done; erase again then'
    )
  }
  return [...notes, 'a spool of an application that runs may hold what it wrote in the last minute']
}

function exporterNotes({ contents, exporters }: EraseReport): string[] {
  if (contents === 0 || exporters.length === 0) return []
  const copies =
    'a sqlite copy follows, at other ends what came there stays until it is taken out there'
  return [`exporters that are told of it: ${exporters.join(', ')}; ${copies}`]
}

function holdNotes({ held, incidents }: EraseReport): string[] {
  if (held === 0) return []
  const names = incidents.join(', ')
  return [
    `${counted(held, 'record')} held for ${names} ${held === 1 ? 'stays' : 'stay'}; erase again once slm-audit hold release has ended that`
  ]
}

function spoolNotes({ spoolsLeft }: EraseReport): string[] {
  if (spoolsLeft === 0) return []
  return [
    `${counted(spoolsLeft, 'spool')} of killed processes could not be taken in and may hold more; open the log with its application, then erase again`
  ]
}
