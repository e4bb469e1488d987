import { type Json, joinMembers } from '../base/json.ts'
import type { AuditRecord } from '../record/record.ts'
import { parseRecord, type SealedContent, type SealedRecord } from '../record/sealed-record.ts'
import type { AuditedCall, ContentValue } from './reader.ts'

/**
 * Merges the records of one call, given in the order of the log; `undefined` when there are none. The
 * header is the newest, with the system state and the marks of all: they are of the record that has them.
 */
export function mergeCall(records: readonly SealedRecord[]): AuditedCall | undefined {
  const headers = records.map((sealed) => parseRecord(sealed))
  const received = headers[0]
  const newest = headers.at(-1)
  if (received === undefined || newest === undefined) return undefined
  const record = withStateAndMarks(newest, headers)
  const contents: { [name: string]: ContentValue } = {}
  for (const sealed of records) {
    for (const content of sealed.contents) {
      const value = readContent(content)
      if (value === undefined) continue
      const { name } = content
      // Both records may have moved something out of one member of their headers.
      contents[name] = name.startsWith('header.')
        ? (joinMembers(contents[name], value) as ContentValue)
        : value
    }
  }
  const ended = record.stage !== 'received'
  return {
    auditId: record.auditId,
    stage: record.stage,
    indices: records.map(({ index }) => index),
    receivedAt: received.at,
    ...(ended && { endedAt: record.at }),
    record,
    contents
  }
}

function withStateAndMarks(newest: AuditRecord, headers: readonly AuditRecord[]): AuditRecord {
  const system = headers.find((header) => header.system !== undefined)?.system
  // A request that was read again for the terminal record is marked in both.
  const marks = new Map(
    headers.flatMap(({ altered = [] }) => altered.map((mark) => [JSON.stringify(mark), mark]))
  )
  return {
    ...newest,
    ...(system !== undefined && { system }),
    ...(marks.size > 0 && { altered: [...marks.values()] })
  }
}

/**
 * A stored content as a value; `undefined` when its body is gone. JSON that is none any more, as that
 * of a damaged log, is given as text: verification tells what happened to it.
 */
export function readContent({ type, body }: SealedContent): ContentValue | undefined {
  if (body === undefined) return undefined
  const isJson = type === 'application/json'
  if (!isJson && !type.startsWith('text/')) return body
  // A byte order mark that a user sent is a part of what was said.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)
  return isJson ? parsed(text) : text
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
