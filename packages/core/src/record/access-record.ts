import { pendingEvent } from './event-record.ts'
import type { Content, PendingRecord } from './sealed-record.ts'

/** The kind of the record that says that the log records who reads it, from there on. */
export const READS_AUDITED = 'access.audited'

/** The kind of the records that say who read what. */
export const ACCESS = 'access'

/** What somebody did with a log: lists and searches show how contents begin, the others show them whole. */
export type AccessAction =
  | 'list'
  | 'search'
  | 'show'
  | 'session'
  | 'compare'
  | 'export'
  | 'prove'
  | 'verify'

/** How much of the contents a reader is given. */
export type ContentsView = 'none' | 'masked' | 'whole'

/** What the record of an access says. */
export interface AccessNote {
  /** What was done. */
  readonly action: AccessAction
  /** Who did it. */
  readonly by: string
  /** The operating system's user, where another name was given. */
  readonly user?: string
  /** Why, where it was said. */
  readonly reason?: string
  /** What was asked for: a filter, words, an id. */
  readonly what?: string
  /** How many calls were given for the first time; absent where it is not calls that are given. */
  readonly calls?: number
  /** How many records were read, for exports and verifications. */
  readonly records?: number
  /** How much of the contents was given. */
  readonly contents: ContentsView
  /** When the glass that was broken is whole again: ISO 8601, UTC; absent where none was. */
  readonly breakGlassUntil?: string
}

/** The record of an access. Who, why and what are contents, as they may name people. */
export function pendingAccess(note: AccessNote): PendingRecord {
  const { action, by, user, reason, what, calls, records, contents, breakGlassUntil } = note
  const event = {
    action,
    view: contents,
    ...(calls !== undefined && { calls }),
    ...(records !== undefined && { records }),
    ...(breakGlassUntil !== undefined && { breakGlass: true, until: breakGlassUntil })
  }
  return pendingEvent(ACCESS, event, textsOf({ by, user, reason, what }))
}

/** The record that begins the recording of accesses, which nothing ends. */
export function pendingReadsAudited(by: string): PendingRecord {
  return pendingEvent(READS_AUDITED, {}, textsOf({ by }))
}

function textsOf(texts: { readonly [name: string]: string | undefined }): Content[] {
  return Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [{ name, type: 'text/plain', body: text.toWellFormed() }]
  )
}
