import { AuditError } from '../../base/error.ts'
import type { CursorQuestion } from './cursors.ts'

/**
 * What a stored record survives. `memory`: the end of the process, as the operating system
 * pleases. `process` and `record`: any end of the process; they differ in who waits (see
 * `createAuditLog` of the package slm-audit). `disk`: the loss of power.
 */
export type Durability = 'memory' | 'process' | 'record' | 'disk'

const LEVELS: readonly unknown[] = ['memory', 'process', 'record', 'disk'] satisfies Durability[]

/** Throws AuditError `bad_option` for what is no level. */
export function checkDurability(durability: unknown): void {
  if (!LEVELS.includes(durability)) {
    throw new AuditError('bad_option', `durability must be one of ${LEVELS.join(', ')}`)
  }
}

/**
 * What a journal's worker is asked. `data` is the journal's own. `read` is answered with sealed
 * records from an index on, some at a time and none at the end; it and `exporters` are asked only
 * of engines that say so (see `WorkerJournalSettings`). `leave` says that the process is about to
 * end: what marks the journal as in use may go, until something is appended after all.
 */
export type JournalRequest =
  | { readonly kind: 'append'; readonly data: unknown }
  | { readonly kind: 'checkpoint' | 'leave' | 'size' | 'close' }
  | { readonly kind: 'read'; readonly from: number }
  | { readonly kind: 'exporters'; readonly question: CursorQuestion }
  | { readonly kind: 'consistency'; readonly first: number; readonly second: number }
  | { readonly kind: 'cosigned'; readonly size: number; readonly lines: readonly string[] }

/** Whether `drainSync` waits for a request. */
export function isDrained({ kind }: JournalRequest): boolean {
  return kind === 'append' || kind === 'checkpoint' || kind === 'leave'
}

/** A request to the worker. */
export interface RequestToWorker {
  readonly id: number
  readonly request: JournalRequest
  /** An append that is told of as stored by the `Progress` alone. */
  readonly isPatient?: boolean
}

/** What travels to the worker: requests, and the signatures it asked for. */
export type ToWorker =
  | RequestToWorker
  | { readonly id: number; readonly signature: Uint8Array | undefined; readonly problem?: string }

/** What the worker says: an answer to each request once (its start has id 0), but to patient ones
 * that are done, and news. */
export type FromWorker =
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown }
  | {
      readonly kind: 'refusal'
      readonly id: number
      readonly code: string
      readonly message: string
    }
  | { readonly kind: 'checkpoint'; readonly note: string }
  | { readonly kind: 'problem'; readonly code: string; readonly message: string }
  | { readonly kind: 'sign'; readonly id: number; readonly message: Uint8Array }

/** What a worker's engine may ask of, and tell, the journal that it works for. */
export interface JournalHost {
  /** Has the caller's thread sign. Rejects with AuditError `bad_key`. */
  sign(message: Uint8Array): Promise<Uint8Array>
  /** A checkpoint was signed and stored. */
  signed(note: string): void
  /** Something failed that nobody waits for. */
  failed(problem: AuditError): void
}
