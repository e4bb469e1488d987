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

function notesOf(
  { records, sharing, keys, isLogEmpty, leftToDo }: EraseReport,
  isDone: boolean
): string[] {
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
  if (leftToDo) notes.push(...leftToDo)
  else if (!isLogEmpty) {
    notes.push(
      'somebody reads the database: its write-ahead log keeps old pages until they are done; erase again then'
    )
  }
  return [...notes, 'a spool of an application that runs may hold what it wrote in the last minute']
}

function exporterNotes({ contents, exporters }: EraseReport): string[] {
  if (contents === 0) return []
  return sinksOf(exporters).map(({ name, does }) => `${name} ${does}`)
}

/** What the other ends of our exporters do once the record of an erasure reaches them, by the names that these have unless given. */
const SINKS = new Map([
  ['sqlite', 'erases the same from its copy when the record reaches it'],
  [
    'file',
    'erases the same from its copy when the record reaches it; an encrypted one needs identities'
  ],
  [
    's3',
    'erases the same from its archive when the record reaches it, and tells what a lock keeps'
  ],
  ['clickhouse', 'erases the contents of these records from its tables when the record reaches it'],
  ['webhook', 'sends the record on; whoever receives it has to erase what came before'],
  [
    'otlp',
    'sends an event of it, and cannot take back what it sent: erase it where traces and logs are kept'
  ],
  ['console', 'prints the record, and cannot take back what it printed']
])
const OTHER = 'is given the record; what its other end does with it is up to that end'

/** What each exporter that a log has delivered to makes of an erasure, as far as that is known. */
export function sinksOf(exporters: readonly string[]): { name: string; does: string }[] {
  return exporters.map((name) => ({ name, does: SINKS.get(name) ?? OTHER }))
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
