import { type BodyChunk, decodeText, joinBytes } from '../base/bytes.ts'
import type { Hash } from '../base/sha256.ts'
import type { Call } from '../call/call.ts'
import type { Ending } from '../call/ending.ts'
import type { Journal } from '../journal/journal.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { ContentLimits } from '../record/contents.ts'
import type { Members } from '../record/header.ts'
import type { SystemState } from '../record/record.ts'
import type { Draft } from '../record/sealed-record.ts'
import type { RequestReading } from '../wire/deferred-reading.ts'
import { withoutFiles } from '../wire/read-multipart.ts'
import {
  type CallValues,
  type Capture,
  type CaptureOrigin,
  type CaptureValues,
  isReading,
  type ReadingJournal
} from './raw-record.ts'
import { DraftMaker } from './record-maker.ts'

/** Where a call's values have the request's body. */
const REQUEST_BODY = 10

/** The state of the process when a call starts; calls may share a sample, which travels once a batch. */
export interface StateAtStart {
  readonly sample: Omit<SystemState, 'openCalls'>
  readonly openCalls: number
}

/** Makes the records of a log's calls: captures where the journal reads such calls, else drafts. */
export class CallRecorder {
  readonly drafts: DraftMaker
  readonly #journal: ReadingJournal | undefined
  readonly #origin: CaptureOrigin
  readonly #sha256: Hash | undefined
  /** What the captures of both records of a call have in common, once one is made. */
  readonly #values = new WeakMap<Call, CallValues>()

  /** @param members What all records of the log have in common. */
  constructor(members: Members, journal: Journal, limits: ContentLimits) {
    this.drafts = new DraftMaker(members)
    this.#journal = isReading(journal) ? journal : undefined
    const { maxLength, media, sha256 } = limits
    this.#origin = { members, maxLength, media }
    this.#sha256 = sha256
  }

  /** The record of a call that starts. */
  received(call: Call, { sample, openCalls }: StateAtStart): Draft | Capture {
    const draft = () => this.drafts.received(call, { ...sample, openCalls })
    return this.#capture(call, draft, (values) => [values, ['received', sample, openCalls]])
  }

  /** The record that ends a call. */
  ended(call: Call, ending: Ending): Draft | Capture {
    const draft = () => this.drafts.terminal(call, ending)
    const { wire, error } = ending
    if (!wire || error !== undefined || call.attempts.length > 0) return draft()
    return this.#capture(call, draft, (values) => {
      const { contentType, requestId, headers, chunks, whole, isError } = wire.source()
      const body = joined(chunks)
      // Runs of tools are tied to answers in this thread.
      this.drafts.answered(call, asksForTool(wire.protocol, body) ? wire().toolCalls : [])
      const { stage, at, durationMs, outcome } = ending
      const { firstChunkMs } = call
      return [
        withoutRequestFiles(values),
        [
          stage,
          at,
          durationMs,
          outcome,
          call.chunks,
          firstChunkMs,
          contentType,
          requestId,
          headers,
          whole,
          isError,
          body
        ]
      ]
    })
  }

  #capture(
    call: Call,
    draft: () => Draft,
    complete: (values: CallValues) => CaptureValues
  ): Draft | Capture {
    const { wire } = call
    if (!wire || !this.#journal?.canRead(wire.protocol)) return draft()
    try {
      const values = complete(this.#valuesOf(call, wire))
      return { protocol: wire.protocol, sha256: this.#sha256, values }
    } catch {
      // The draft says in the record what could not be read.
      return draft()
    }
  }

  /** A text that was sent is the same for both records; files may be there later only. */
  #valuesOf(call: Call, wire: RequestReading): CallValues {
    const known = this.#values.get(call)
    if (known) return known
    const values = callValues(this.#origin, call, wire)
    if (typeof values[REQUEST_BODY] === 'string') this.#values.set(call, values)
    return values
  }
}

/** The record that ends a call has the request's header; files are in the contents of the first. */
function withoutRequestFiles(values: CallValues): CallValues {
  const body = values[REQUEST_BODY]
  const light = withoutFiles(body)
  return light === body ? values : (values.with(REQUEST_BODY, light) as unknown as CallValues)
}

function callValues(origin: CaptureOrigin, call: Call, wire: RequestReading): CallValues {
  const { url, agent, headers, body } = wire.source()
  return [
    origin,
    wire.protocol.name,
    call.auditId,
    call.openedAt,
    call.scope.context?.text,
    call.scope.parent,
    call.trace,
    url,
    agent,
    headers,
    body
  ]
}

function asksForTool(protocol: Protocol, body: BodyChunk): boolean {
  const mark = protocol.home?.asksForTool
  return mark === undefined || mark.test(typeof body === 'string' ? body : decodeText([body]))
}

/** Bytes that share a buffer with others would take all of it along. */
function joined(chunks: readonly BodyChunk[]): BodyChunk {
  const [only] = chunks
  return chunks.length === 1 && typeof only === 'string' ? only : joinBytes(chunks)
}
