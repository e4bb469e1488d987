import { isObject } from '../base/json.ts'
import { pendingEvent } from './event-record.ts'
import type { Content, PendingRecord, SealedRecord } from './sealed-record.ts'

/** The kind of the records that say which contents were taken out of the log for good. */
export const CONTENTS_ERASED = 'contents.erased'

/** What an erasure took out. The values themselves, and whose they were, are said nowhere. */
export interface ErasedContents {
  /** Indices of the records that lost a content, or a part of one, ascending. */
  readonly records: readonly number[]
  /** The commitments, in lower-case hex, to the contents and parts that are gone. */
  readonly commitments: readonly string[]
}

/** What an erasure says of itself. */
export interface ErasureNote {
  /** What was named when it was asked for: `user`, `session`, `call`, `query`; a word, never a value. */
  readonly scope: string
  /** Who asked for it. */
  readonly by: string
  /** Why. */
  readonly reason: string
}

/**
 * The record of an erasure, which is stored in the transaction that takes the contents out: whoever
 * verifies the log can tell an erased content from one that somebody destroyed. Who and why are
 * contents, as they may name people.
 */
export function pendingErasure(
  { scope, by, reason }: ErasureNote,
  erased: ErasedContents
): PendingRecord {
  const { records, commitments } = erased
  const event = { scope, records: records.length, commitments: commitments.length }
  const contents: Content[] = [
    { name: 'erased', type: 'application/json', body: JSON.stringify({ records, commitments }) },
    { name: 'by', type: 'text/plain', body: by.toWellFormed() },
    { name: 'reason', type: 'text/plain', body: reason.toWellFormed() }
  ]
  return pendingEvent(CONTENTS_ERASED, event, contents)
}

/** Whether a record says that others have lost contents. */
export function isErasure({ header }: Pick<SealedRecord, 'header'>): boolean {
  return header.includes(`"kind":"${CONTENTS_ERASED}"`)
}

/** What a record of an erasure says was taken out; nothing for what cannot be read. */
export function readErasure({ contents }: Pick<SealedRecord, 'contents'>): ErasedContents {
  const body = contents.find(({ name }) => name === 'erased')?.body
  const value = body && parsed(body)
  const { records, commitments } = isObject(value) ? value : {}
  return {
    records: listOf(records, (each) => Number.isSafeInteger(each)),
    commitments: listOf(commitments, (each) => typeof each === 'string')
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    // Verification tells of a content that is not what its header commits to.
    return undefined
  }
}

function listOf<T>(value: unknown, isItem: (item: unknown) => boolean): readonly T[] {
  return Array.isArray(value) ? value.filter(isItem) : []
}
