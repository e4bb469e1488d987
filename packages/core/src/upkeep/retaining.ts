import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { parsePolicy } from '../policy/policy.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import { parseRecord, type SealedRecord } from '../record/sealed-record.ts'
import type { RetentionPolicy } from '../retention/retention-policy.ts'
import type { HeldBack } from './erasure.ts'
import { type AdminSigning, SIGNING_OPTIONS } from './signing.ts'

/** By what, and for which moment, a log is looked at. */
export interface RetentionOptions extends AdminSigning {
  /** A policy that says how long records are kept; the newest that the log knows unless given. */
  readonly policy?: PolicyDocument
  /** The moment that decides what is due; now unless given. */
  readonly now?: Date
  /** Hears what is taken so far. */
  readonly onProgress?: (report: RetentionReport) => void
}

const OPTIONS = ['policy', 'now', 'onProgress', ...SIGNING_OPTIONS]

/** What retention takes, or took. */
export interface RetentionReport extends HeldBack {
  /** By class, how many records have come to the end of their contents or of their whole time. */
  readonly classes: readonly {
    readonly name: string
    readonly contents: number
    readonly headers: number
  }[]
  /** Records whose contents go, and the bytes of these. */
  readonly expired: { readonly records: number; readonly bytes: number }
  /** Records that go as a whole, in tiles of 256, and the bytes of their headers and whole contents. */
  readonly pruned: { readonly records: number; readonly tiles: number; readonly bytes: number }
  /** Data keys that nothing is encrypted with any more: they are destroyed, so that older copies cannot be read either. */
  readonly keys: number
  /** Exporters that have not delivered what is due: it waits for them. */
  readonly waiting: readonly WaitingExporter[]
}

/** Exporters that have not delivered what is due. */
export interface WaitingExporter {
  /** Its name. */
  readonly name: string
  /** The index of the record that it delivers next. */
  readonly next: number
}

/** How long records are kept, and the digest of the policy that says so. */
export interface KnownRetention {
  /** Classes, and which of them is the usual one. */
  readonly retention: RetentionPolicy
  /** SHA-256 of the policy as canonical JSON. */
  readonly digest: string
}

/** A run of retention that has begun. A store keeps it until all of it is done. */
export interface PendingRetention extends KnownRetention {
  /** The moment that decides what is due, in milliseconds. */
  readonly now: number
}

/** The kinds of the records that hold a policy, which the newest of them ends. */
export const POLICY_KINDS = ['policy.set', 'policy.changed'] as const

/** Throws AuditError `bad_option` for a member that `named` does not know. */
export function checkRetention(named: string, options: RetentionOptions): void {
  refuseUnknown(named, options, OPTIONS)
}

/** What a record of a policy says of retention; `undefined` where it says nothing of it. */
export function retentionIn(newest: Pick<SealedRecord, 'header'>): KnownRetention | undefined {
  const { event } = parseRecord(newest)
  const document = event?.policy as { readonly retention?: RetentionPolicy } | undefined
  if (!document?.retention) return undefined
  return { retention: document.retention, digest: String(event?.digest) }
}

/** What a policy says of retention. Throws AuditError `bad_policy` for one that cannot be used, or says nothing of it. */
export function retentionOf(policy: unknown): KnownRetention {
  const { document, digest } = parsePolicy(policy)
  if (document.retention) return { retention: document.retention, digest }
  throw new AuditError('bad_policy', `the policy says nothing of retention; ${NEXT}`)
}

/** What a log says, by its name, of which no policy says how long it is kept. */
export function noRetention(name: string): AuditError {
  const message = `no policy of ${name} says how long records are kept; ${NEXT}`
  return new AuditError('bad_policy', message)
}

const NEXT = 'give it classes under retention; docs/guide/retention.md shows how'
