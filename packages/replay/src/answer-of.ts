import type { AuditedCall } from '@slm-audit/core/reader'
import { type Ending, endingOf, lostConnection } from './ending.ts'
import { keptAnswer } from './recorded-call.ts'
import { errorFrame, frameOf, STREAM_TYPES } from './stream-frame.ts'
import type { Fields } from './writers/writer.ts'
import { WRITERS } from './writers/writers.ts'

/** A recorded answer as it goes over the wire again. */
export interface WireAnswer {
  /** The status; absent where there was no answer at all. */
  readonly status?: number
  readonly headers: { readonly [name: string]: string }
  /** Pieces of the body, in their order. */
  readonly pieces: readonly (string | Uint8Array)[]
  /** When each piece was there, in milliseconds from the request; as far apart as their number in the recorded time. */
  readonly at: readonly number[]
  /** How it breaks off behind its pieces; absent where it ends. */
  readonly breaks?: {
    /** What whoever reads it meets. */
    readonly error: Error
    /** For how many milliseconds from the request nothing more comes before: an application gave it up meanwhile. */
    readonly openMs: number
  }
}

const JSON_TYPE = 'application/json'
/** How much later than it did an application may give an answer up, before nobody waits for that any more. */
const PATIENCE_MS = 5_000
/** The status of an error that was said in an answer, and of answers that broke off. */
const OK = 200

/** Writes the answer of a recorded call, in pieces where the request asks for them; it ends as the recorded one did. */
export function answerOf(call: AuditedCall, isStream: boolean): WireAnswer {
  const { outcome, timing } = call.record
  const { durationMs = 0 } = timing ?? {}
  const ending = endingOf(call)
  if (ending === 'refused') {
    const { status = OK, retryAfterMs } = outcome ?? {}
    const pieces = [JSON.stringify(errorOf(call))]
    const wait = retryAfterMs === undefined ? {} : { 'retry-after': String(retryAfterMs / 1000) }
    return { status, headers: { 'content-type': JSON_TYPE, ...wait }, pieces, at: [durationMs] }
  }
  const isBroken = ending === 'broken' || ending === 'open'
  const breaks = {
    error: lostConnection(call),
    openMs: ending === 'open' ? durationMs + PATIENCE_MS : 0
  }
  const said = saidBy(call, isStream, ending)
  if (!isBroken) return { status: OK, ...said }
  // Of an answer of which nothing came, nobody knows that it had begun.
  const hasBegun = said.pieces.length > 0 || outcome?.status !== undefined
  return { ...(hasBegun && { status: OK }), ...said, breaks }
}

/** What an answer brought: all of it, or as much as came. */
function saidBy(
  call: AuditedCall,
  isStream: boolean,
  ending: Ending
): Pick<WireAnswer, 'headers' | 'pieces' | 'at'> {
  const { timing, call: facts } = call.record
  const { durationMs = 0, timeToFirstChunkMs = durationMs } = timing ?? {}
  const protocol = facts?.protocol ?? ''
  const writer = WRITERS.get(protocol)
  if (!writer) throw new TypeError(`nobody writes ${protocol}`)
  const answer = keptAnswer(call)
  const has = answer.output !== undefined
  const body = has ? writer.answer(answer) : {}
  const isTold = ending === 'told'
  if (!isStream || !writer.events) {
    const whole = isTold ? errorOf(call) : body
    const pieces = isTold || ending === 'whole' ? [JSON.stringify(whole)] : []
    return { headers: { 'content-type': JSON_TYPE }, pieces, at: [durationMs] }
  }
  const { framing } = writer
  const pieces = has ? writer.events(body, answer).map((event) => frameOf(framing, event)) : []
  if (isTold && body.status !== FAILED) pieces.push(errorFrame(framing, protocol, errorOf(call)))
  const apart = (durationMs - timeToFirstChunkMs) / Math.max(1, pieces.length - 1)
  return {
    headers: { 'content-type': STREAM_TYPES[framing] },
    pieces,
    at: pieces.map((_piece, index) => timeToFirstChunkMs + index * apart)
  }
}

/** A response of OpenAI that failed says so itself. */
const FAILED = 'failed'

/** The status of a refusal: clients do not try again. */
const REFUSED = 422

/** An answer that says why there is none. */
export function refusal(protocol: string, message: string): WireAnswer {
  const body = errorBody(protocol, { message, type: 'slm_audit_replay' })
  return {
    status: REFUSED,
    headers: { 'content-type': JSON_TYPE },
    pieces: [JSON.stringify(body)],
    at: [0]
  }
}

function errorOf({ record, contents }: AuditedCall): Fields {
  const { type, code } = record.outcome ?? {}
  const message = String(contents.error ?? type ?? 'the recorded call failed')
  return errorBody(record.call?.protocol, { message, ...(type && { type }), ...(code && { code }) })
}

/** An error in the words of whoever answered: OpenAI's, Anthropic's and AWS's clients read the type, others the text alone. */
function errorBody(
  protocol: string | undefined,
  error: { readonly message: string; readonly type?: string; readonly code?: string }
): Fields {
  if (protocol?.startsWith('bedrock.')) {
    return { ...(error.type && { __type: error.type }), message: error.message }
  }
  if (protocol?.startsWith('cohere.')) return { message: error.message }
  if (/^(ollama|huggingface)\./.test(protocol ?? '')) return { error: error.message }
  return { type: 'error', error }
}
