import { isObject } from '../base/json.ts'
import { ACCESS, READS_AUDITED } from './access-record.ts'
import { CONTENTS_ERASED } from './erasure-record.ts'
import { pendingEvent } from './event-record.ts'
import { nameOfScope, type RecordScope, readScope } from './record-scope.ts'
import {
  type Content,
  type PendingRecord,
  parseRecord,
  type SealedRecord
} from './sealed-record.ts'

/** The kind of the records that keep calls from retention and erasure. */
export const HOLD_ADDED = 'hold.added'

/** The kind of the records that end the holds of an incident. */
export const HOLD_RELEASED = 'hold.released'

/** Whether records of a kind say what became of others: their contents stay, and so do they. */
export function isStanding(kind: string): boolean {
  return STANDING.has(kind)
}

const STANDING: ReadonlySet<string> = new Set([
  ...[CONTENTS_ERASED, HOLD_ADDED, HOLD_RELEASED],
  ...[ACCESS, READS_AUDITED]
])

/** What a hold says of itself. */
export interface HoldNote {
  /** What it is for: the number of a case. It stands in the header, so it names no person. */
  readonly incident: string
  /** Which records; for users, tenants and sessions, those to come as well. */
  readonly scope: RecordScope
  /** What was named, as a word: `user`, `query`; the scope's members unless given. */
  readonly scopeName?: string
  /** Who asked for it. */
  readonly by: string
  /** Why. */
  readonly reason: string
}

/** A hold as its record says it. */
export interface Hold extends Omit<HoldNote, 'scope' | 'scopeName'> {
  /** What was named, as a word. */
  readonly scopeName: string
  /** Which records; absent where that cannot be read any more: it then holds all of them. */
  readonly scope?: RecordScope
  /** When it was added, as in the record. */
  readonly at: string
  /** The index of its record. */
  readonly index: number
}

/** The record of a hold. Whom it is about, who asked and why are contents, as they may name people. */
export function pendingHold(note: HoldNote): PendingRecord {
  const { incident, scope, scopeName = nameOfScope(scope), by, reason } = note
  const calls = scope.calls && { calls: scope.calls.length }
  return pendingEvent(HOLD_ADDED, { incident, scope: scopeName, ...calls }, [
    { name: 'scope', type: 'application/json', body: JSON.stringify(scope).toWellFormed() },
    ...words({ by, reason })
  ])
}

/** The record that ends the holds of an incident. */
export function pendingRelease({ incident, by, reason }: Omit<HoldNote, 'scope'>): PendingRecord {
  return pendingEvent(HOLD_RELEASED, { incident }, words({ by, reason }))
}

/** Takes a record into the holds that are in force: it adds one, ends those of an incident, or says nothing of holds. */
export function foldHold(holds: readonly Hold[], sealed: SealedRecord): readonly Hold[] {
  const { kind, stage, event, at } = parseRecord(sealed)
  if (stage !== 'event' || (kind !== HOLD_ADDED && kind !== HOLD_RELEASED)) return holds
  const incident = String(event?.incident)
  if (kind === HOLD_RELEASED) return holds.filter((hold) => hold.incident !== incident)
  const scope = readScope(parsed(textOf(sealed, 'scope')))
  const { index } = sealed
  const said = { by: textOf(sealed, 'by') ?? '', reason: textOf(sealed, 'reason') ?? '' }
  const scopeName = String(event?.scope)
  return [...holds, { incident, scopeName, at, index, ...said, ...(scope && { scope }) }]
}

function words({ by, reason }: Pick<HoldNote, 'by' | 'reason'>): Content[] {
  return [
    { name: 'by', type: 'text/plain', body: by.toWellFormed() },
    { name: 'reason', type: 'text/plain', body: reason.toWellFormed() }
  ]
}

function textOf({ contents }: SealedRecord, name: string): string | undefined {
  const body = contents.find((content) => content.name === name)?.body
  return body && new TextDecoder().decode(body)
}

function parsed(text: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isObject(value) ? value : undefined
  } catch {
    // Then it holds everything, until somebody has looked.
    return undefined
  }
}
