import type { CallResponse } from '../record/call-facts.ts'
import type { OpenCall } from './open-call.ts'

/** Reads a streamed answer while its consumer does. */
export interface StreamReader {
  /** Takes an item when it comes; what it throws costs the record that item alone. */
  next(item: unknown): void
  /** What came so far. */
  read(): CallResponse
  /** What came, the stream being at its end. May end `call` otherwise, where the answer was cut off. */
  end?(call: OpenCall): CallResponse
}
