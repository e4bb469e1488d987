import { joinMembers } from '../base/json.ts'
import type { AuditRecord } from '../record/record.ts'
import { parseRecord, type SealedRecord } from '../record/sealed-record.ts'
import { absentIn, encryptedIn, readContent } from './read-content.ts'
import type { AbsentContent, AuditedCall, ContentValue, EncryptedContent } from './reader.ts'

/**
 * Merges the records of one call, given in the order of the log; `undefined` when there are none. The
 * header is the newest, with the system state and the marks of all: they are of the record that has them.
 */
export function mergeCall(
  records: readonly Omit<SealedRecord, 'leafHash'>[]
): AuditedCall | undefined {
  const headers = records.map((sealed) => parseRecord(sealed))
  const received = headers[0]
  const newest = headers.at(-1)
  if (received === undefined || newest === undefined) return undefined
  const record = withStateAndMarks(newest, headers)
  const contents: { [name: string]: ContentValue } = {}
  const absent: AbsentContent[] = []
  const encrypted: EncryptedContent[] = []
  for (const sealed of records) {
    for (const content of sealed.contents) {
      const value = readContent(content)
      const gone = absentIn(content)
      const hidden = encryptedIn(content)
      if (gone) absent.push(gone)
      if (hidden) encrypted.push(hidden)
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
    contents,
    ...(absent.length > 0 && { absent }),
    ...(encrypted.length > 0 && { encrypted })
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
