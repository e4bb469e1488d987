import type { CallResponse } from '../record/call-facts.ts'
import type { Protocol } from './protocol.ts'

/** The half of a protocol that reads answers, for formats that never stream: the last event is the answer. */
export function nonStreaming(
  read: (body: unknown) => CallResponse
): Pick<Protocol, 'readResponse' | 'start' | 'step' | 'finish'> {
  return {
    readResponse: read,
    start: () => undefined,
    step: (_before, event) => event,
    finish: read
  }
}
