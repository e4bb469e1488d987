import { parseRecord, type SealedContent, type SealedRecord } from './journal.ts'
import type { Json } from './json.ts'
import type { AuditedCall, ContentValue } from './reader.ts'

/** Merges the records of one call, given in the order of the log; `undefined` when there are none. */
export function mergeCall(records: readonly SealedRecord[]): AuditedCall | undefined {
  const first = records[0]
  const last = records.at(-1)
  if (first === undefined || last === undefined) return undefined
  const record = parseRecord(last)
  const contents: { [name: string]: ContentValue } = {}
  for (const sealed of records) {
    for (const content of sealed.contents) {
      const value = readContent(content)
      if (value !== undefined) contents[content.name] = value
    }
  }
  const ended = record.stage !== 'received'
  return {
    auditId: record.auditId,
    stage: record.stage,
    indices: records.map(({ index }) => index),
    receivedAt: records.length > 1 ? parseRecord(first).at : record.at,
    ...(ended && { endedAt: record.at }),
    record,
    contents
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
  const text = new TextDecoder().decode(body)
  return isJson ? parsed(text) : text
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
