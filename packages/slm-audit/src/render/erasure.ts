import type { EraseReport } from '@slm-audit/sqlite'
import type { Terminal } from '../terminal.ts'
import { wrap } from './words.ts'

/** What an erasure took out, or would take out, in words. */
export function renderErasure(report: EraseReport, isDone: boolean, terminal: Terminal): string {
  const { calls, records, contents, bytes, sharing, isLogEmpty } = report
  if (contents === 0) {
    return calls === 0 ? 'No call matches; nothing is erased.' : 'All of it is erased already.'
  }
  const done = isDone ? 'erased' : 'would be erased'
  const first = `${count(contents, 'content')} and ${count(bytes, 'byte')} of ${count(calls, 'call')} ${done}`
  const rest = isDone
    ? ['headers and proofs stay valid; slm-audit verify tells the rest from what is destroyed']
    : [`${count(records, 'record')} in the scope; nothing is changed`]
  if (sharing > 0) {
    rest.push(`${count(sharing, 'other record')} of the same conversation had parts of it`)
  }
  if (!isLogEmpty) {
    rest.push(
      'somebody reads the database: its write-ahead log keeps old pages until they are done; erase again then'
    )
  }
  rest.push('a spool of an application that runs may hold what it wrote in the last minute')
  const mark = isDone ? terminal.style('green', '✓ ') : ''
  const lines = rest.flatMap((text) => wrap(text, terminal.width - 2).map((line) => `  ${line}`))
  return [`${mark}${first}`, ...lines].join('\n')
}

function count(value: number, noun: string): string {
  return `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`
}
