import type { AuditError } from '../base/error.ts'
import type { OpenCall } from './open-call.ts'

/** How a client tries. */
export interface AttemptOptions {
  /** How often the client may try in all; 1 means no retry. */
  readonly limit: number
  /** The caller's own signal, which ends the call also between two attempts. */
  readonly signal?: AbortSignal | undefined
  /**
   * Whether the client tries again after an answer with this status although it reads the answer to
   * its end. Unless given, an answer that is read to its end is the client's last.
   */
  readonly retriesRead?: (status: number) => boolean
  /**
   * Set where only the client knows what comes of an attempt that failed, or whose answer came whole and may be
   * refused: while another may follow, its adapter calls `giveUp` of the group's last attempt, with the error that the
   * application sees, or `taken`.
   */
  readonly tellsWhenOver?: boolean
}

/**
 * The attempts that a client makes at one call. The code that starts the call opens the group
 * (`log.withAttempts`), the fetch below it finds the group in its scope.
 */
export interface AttemptGroup {
  /** Read when an attempt has failed. */
  readonly options: () => AttemptOptions
  /** The call that the attempts belong to, once the first has started. */
  call?: OpenCall
  /** How many attempts were started. */
  started: number
  /** How many of them belonged to calls before this one: a client may ask twice for one answer. */
  before?: number
  /** Why a policy refused the call; attempts at it are refused as well. */
  denied?: AuditError
  /** Settles when the call may be made: its other attempts wait for the same. */
  admitted?: Promise<void>
  /** The attempt that started last. */
  last?: LastAttempt
  /** Set around a fetch: the request that it was given to send, which is recorded. No attempts are grouped then. */
  readonly sending?: SentNow
}

/** A request on its way: a fetch below that is given the same one leaves it to whoever records it. */
export interface SentNow {
  /** Where to, whole. */
  readonly url: string
  /** As fetch takes it; forgotten when the answer has come. */
  body: unknown
}

/** What may come of an attempt whose answer does not itself tell how it ended. */
export interface LastAttempt {
  /** Another one follows. */
  supersede(): void
  /** The client gave up, with the error that the application sees; ends the call if it is open. */
  giveUp(error: unknown): Promise<void> | undefined
  /** The client took the answer: one that came whole is complete. */
  taken(): Promise<void> | undefined
  /** The client stopped reading the answer, which is complete if its last event was read. */
  cancel(): Promise<void> | undefined
}
