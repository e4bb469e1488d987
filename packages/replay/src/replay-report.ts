import type { AskedPart } from './asked.ts'

/** How a request was met: by the answer to the very same one, by the next answer of its kind, by a model, or not at all. */
export type ReplayMatch = 'exact' | 'diverged' | 'live' | 'unanswered'

/** A request that was made while a recording was replayed. */
export interface ReplayStep {
  /** Its place among the requests of the replay, from 1. */
  readonly step: number
  /** How it was met. */
  readonly match: ReplayMatch
  /** The recorded call whose answer it was given; absent where there was none. */
  readonly auditId?: string
  /** Which parts differ from the recorded request; none for an exact match. */
  readonly differs: readonly AskedPart[]
}

/** How far a replay was the recording again. */
export interface ReplayReport {
  /** Recorded calls that can be served. */
  readonly recorded: number
  /** Recorded calls that cannot be served: of formats that are not written, in process, or without all of their answer. */
  readonly unservable: number
  /** Requests that were the very ones of the recording. */
  readonly exact: number
  /** Requests that differ from the recorded ones in whose place they stand. */
  readonly diverged: number
  /** Requests that went to a model. */
  readonly live: number
  /** Requests for which no recorded answer was left. */
  readonly unanswered: number
  /** Recorded calls that nobody asked for; of a fork, those before it. */
  readonly unused: number
  /** All requests, in the order in which they were made. */
  readonly steps: readonly ReplayStep[]
}
