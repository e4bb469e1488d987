import type { AuditedCall } from '@slm-audit/core/reader'
import { keptAnswer } from './recorded-call.ts'
import { frameOf, STREAM_TYPES } from './stream-frame.ts'
import { WRITERS } from './writers/writers.ts'

/** A recorded answer as it goes over the wire again. */
export interface WireAnswer {
  readonly status: number
  readonly contentType: string
  /** Pieces of the body, in their order. */
  readonly pieces: readonly (string | Uint8Array)[]
  /** When each piece was there, in milliseconds from the request; as far apart as their number in the recorded time. */
  readonly at: readonly number[]
}

/** A status for errors whose own is not known, such as a connection that was refused. */
const UNKNOWN_STATUS = 502

/** Writes the answer of a recorded call, in pieces where the request asks for them. */
export function answerOf(call: AuditedCall, isStream: boolean): WireAnswer {
  const { outcome, timing, call: facts } = call.record
  const { durationMs = 0, timeToFirstChunkMs = durationMs } = timing ?? {}
  if (call.stage === 'error' && call.contents.output === undefined) {
    const { status = UNKNOWN_STATUS } = outcome ?? {}
    const pieces = [JSON.stringify(errorOf(call))]
    return { status, contentType: 'application/json', pieces, at: [durationMs] }
  }
  const writer = WRITERS.get(facts?.protocol ?? '')
  if (!writer) throw new TypeError(`nobody writes ${facts?.protocol}`)
  const answer = keptAnswer(call)
  const body = writer.answer(answer)
  if (!isStream || !writer.events) {
    const pieces = [JSON.stringify(body)]
    return { status: 200, contentType: 'application/json', pieces, at: [durationMs] }
  }
  const pieces = writer.events(body, answer).map((event) => frameOf(writer.framing, event))
  const apart = (durationMs - timeToFirstChunkMs) / Math.max(1, pieces.length - 1)
  return {
    status: 200,
    contentType: STREAM_TYPES[writer.framing],
    pieces,
    at: pieces.map((_piece, index) => timeToFirstChunkMs + index * apart)
  }
}

/** The status of a refusal: clients do not try again. */
const REFUSED = 422

/** An answer that says why there is none. */
export function refusal(protocol: string, message: string): WireAnswer {
  const body = errorBody(protocol, { message, type: 'slm_audit_replay' })
  return {
    status: REFUSED,
    contentType: 'application/json',
    pieces: [JSON.stringify(body)],
    at: [0]
  }
}

function errorOf({ record, contents }: AuditedCall): object {
  const { type, code } = record.outcome ?? {}
  const message = String(contents.error ?? type ?? 'the recorded call failed')
  return errorBody(record.call?.protocol, { message, ...(type && { type }), ...(code && { code }) })
}

/** An error in the words of whoever answered: OpenAI's, Anthropic's and AWS's clients read the type, others the text alone. */
function errorBody(
  protocol: string | undefined,
  error: { readonly message: string; readonly type?: string; readonly code?: string }
): object {
  if (protocol?.startsWith('bedrock.')) {
    return { ...(error.type && { __type: error.type }), message: error.message }
  }
  if (protocol?.startsWith('cohere.')) return { message: error.message }
  if (/^(ollama|huggingface)\./.test(protocol ?? '')) return { error: error.message }
  return { type: 'error', error }
}
