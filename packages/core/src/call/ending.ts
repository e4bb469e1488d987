import type { Later } from '../record/later.ts'
import type { Outcome } from '../record/record.ts'
import type { ResponsePart } from '../record/response-part.ts'
import type { AnswerReading } from '../wire/deferred-reading.ts'

/** How a call ended, with everything that the terminal record needs. */
export interface Ending {
  readonly stage: 'complete' | 'error' | 'cancelled' | 'abandoned'
  readonly at: number
  readonly durationMs: number
  readonly error?: unknown
  readonly outcome?: Outcome | undefined
  readonly response: Later<ResponsePart>
  /** The answer as it came, where it came over the wire. */
  readonly wire?: AnswerReading | undefined
}
