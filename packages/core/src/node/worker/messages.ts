import { AuditError } from '../../base/error.ts'
import type { Anomaly } from '../../read/anomalies/anomaly.ts'
import type { LiveSpool } from '../intake/intake.ts'
import type { KeyContext } from '../key-provider.ts'
import type { CursorQuestion } from './cursors.ts'

/**
 * What a call survives once it is recorded. `memory`: nothing for sure, it is written a moment later.
 * `process`: any end of the process, at any moment. `disk`: as well the loss of power.
 */
export type Durability = 'memory' | 'process' | 'disk'

const LEVELS: readonly unknown[] = ['memory', 'process', 'disk'] satisfies Durability[]

/** Throws AuditError `bad_option` for what is not a level. */
export function checkDurability(durability: unknown): void {
  if (LEVELS.includes(durability)) return
  const levels = `durability must be one of ${LEVELS.join(', ')}`
  const next =
    durability === 'record' ? "; process now gives what record gave, so use 'process'" : ''
  throw new AuditError('bad_option', `${levels}${next}`)
}

/** What a journal's worker is asked. */
export type JournalRequest = EngineRequest | SpoolRequest

/**
 * What a journal's engine is asked. `data` is the journal's own. `read` is answered with sealed
 * records from an index on, some at a time and none at the end; it and `exporters` are asked only
 * of engines that say so (see `WorkerJournalSettings`). `leave` says that the process is about to
 * end: what marks the journal as in use may go, until something is appended after all.
 */
export type EngineRequest =
  | { readonly kind: 'append'; readonly data: unknown }
  | { readonly kind: 'checkpoint' | 'leave' | 'size' | 'close' }
  | { readonly kind: 'read'; readonly from: number }
  | { readonly kind: 'exporters'; readonly question: CursorQuestion }
  | { readonly kind: 'consistency'; readonly first: number; readonly second: number }
  | { readonly kind: 'cosigned'; readonly size: number; readonly lines: readonly string[] }

/**
 * What the thread of a log asks the journal's about spools. `attach`: take in this one. `flush`: make
 * evidence of all that is published. `detach`: as well, and remove the spool. `takenOver` is answered when
 * what dead threads left has been taken in. `load` is answered by whether the thread can import a protocol.
 */
export type SpoolRequest =
  | { readonly kind: 'attach'; readonly live: LiveSpool }
  | { readonly kind: 'flush' | 'takenOver' }
  | { readonly kind: 'detach'; readonly spool: string }
  | { readonly kind: 'load'; readonly module: string; readonly protocol: string }

const DRAINED: readonly JournalRequest['kind'][] = ['append', 'detach', 'checkpoint', 'leave']

/** Whether `drainSync` waits for a request. */
export function isDrained({ kind }: JournalRequest): boolean {
  return DRAINED.includes(kind)
}

/** Whether a request is about spools, and not for the engine. */
export function isOfSpools(request: JournalRequest): request is SpoolRequest {
  const kinds: readonly string[] = ['attach', 'flush', 'takenOver', 'detach', 'load']
  return kinds.includes(request.kind)
}

/** A request to the worker. */
export interface RequestToWorker {
  readonly id: number
  readonly request: JournalRequest
}

/** What the worker asked for: bytes, or why there are none. */
export interface GivenBytes {
  readonly id: number
  readonly bytes: Uint8Array | undefined
  readonly problem?: string
}

/** What travels to the worker: requests, and what it asked for. */
export type ToWorker = RequestToWorker | GivenBytes

/** What a key provider on the caller's thread is asked; `describe` is answered with the id in UTF-8. */
export interface KeyQuestion {
  readonly ask: 'wrap' | 'unwrap' | 'destroy' | 'describe'
  readonly key: Uint8Array
  readonly context: KeyContext
}

/** What the worker says: an answer to each request once (its start has id 0), and news. */
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
  | { readonly kind: 'keys'; readonly id: number; readonly question: KeyQuestion }
  | { readonly kind: 'anomaly'; readonly anomaly: Anomaly }
  | SpoolNews

/** What the worker says of spools. `stored`: so many records. `idle`: all of a spool is evidence, and its segment may end. */
export type SpoolNews =
  | { readonly kind: 'stored'; readonly records: number }
  | { readonly kind: 'idle'; readonly spool: string }

/** What a worker's engine may ask of, and tell, the journal that it works for. */
export interface JournalHost {
  /** Has the caller's thread sign. Rejects with AuditError `bad_key`. */
  sign(message: Uint8Array): Promise<Uint8Array>
  /** Asks the key provider on the caller's thread. Rejects with AuditError `bad_key`. */
  askKeys(question: KeyQuestion): Promise<Uint8Array>
  /** A checkpoint was signed and stored. */
  signed(note: string): void
  /** Something failed that nobody waits for. */
  failed(problem: AuditError): void
}
