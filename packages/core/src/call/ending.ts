import type { CallResponse } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import type { Attempt, Outcome } from '../record/record.ts'

/** How a call ended, with everything that the terminal record needs. */
export interface Ending {
  readonly stage: 'denied' | 'complete' | 'error' | 'cancelled' | 'abandoned'
  /** Unix time in milliseconds. */
  readonly at: number
  readonly durationMs: number
  /** How many chunks of a streamed answer came, and when the first did. */
  readonly chunks: number
  readonly firstChunkMs: number | undefined
  /** Attempts on the wire that did not end the call, and the last where there were several. */
  readonly attempts: readonly Attempt[]
  readonly error?: unknown
  readonly outcome?: Outcome | undefined
  /** The answer, or what came of it. */
  readonly response: Later<CallResponse> | undefined
}
