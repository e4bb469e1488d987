import type { BodyChunk } from '../base/bytes.ts'
import { AuditError } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import type { Ending } from '../call/ending.ts'
import type { Journal } from '../journal/journal.ts'
import type { HeaderFields } from '../protocol/header-fields.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { TraceIds } from '../record/call-facts.ts'
import type { ContentLimits } from '../record/contents.ts'
import { type Members, parseMember } from '../record/header.ts'
import { typeOfError } from '../record/outcome.ts'
import type { AuditContext, Outcome, SystemState } from '../record/record.ts'
import { type RequestPart, readRequestPart } from '../record/request-part.ts'
import { readResponsePart } from '../record/response-part.ts'
import type { Draft } from '../record/sealed-record.ts'
import { readSeen, readSent } from '../wire/deferred-reading.ts'
import type { BodyData } from '../wire/kept-body.ts'
import { DraftMaker } from './record-maker.ts'

/** What the captures of one log have in common: one object, which travels once a batch. */
export interface CaptureOrigin extends Pick<ContentLimits, 'maxLength' | 'media'> {
  readonly members: Members
}

/** What both records of a call are made of. */
export type CallValues = readonly [
  origin: CaptureOrigin,
  protocol: string,
  auditId: string,
  openedAt: number,
  /** Canonical JSON. */
  context: string | undefined,
  parent: string | undefined,
  trace: TraceIds | undefined,
  url: string,
  agent: string | undefined,
  requestHeaders: HeaderFields | undefined,
  requestBody: BodyData
]

type ReceivedValues = [stage: 'received', system: Omit<SystemState, 'openCalls'>, openCalls: number]

type EndedValues = [
  stage: Ending['stage'],
  at: number,
  durationMs: number,
  outcome: Outcome | undefined,
  chunks: number,
  firstChunkMs: number | undefined,
  contentType: string,
  requestId: string | undefined,
  answerHeaders: HeaderFields | undefined,
  whole: boolean,
  isError: boolean,
  answerBody: BodyChunk
]

/**
 * A captured record: plain data in flat lists, which are cheapest to copy to another thread. The first
 * is the same list in both records of a call, and travels once where they share a batch.
 */
export type CaptureValues = readonly [call: CallValues, own: ReceivedValues | EndedValues]

/** What the reading of a captured record needs of the thread that does it. */
interface Reading {
  readonly protocol: Protocol
  readonly sha256: Hash | undefined
}

/**
 * A record whose draft is not made yet: what went over the wire, and what was noted beside it. A
 * `CaptureReader` makes the draft of `values` in another thread, `toDraft` makes it here.
 */
export interface Capture extends Reading {
  readonly values: CaptureValues
  /** See `Draft`. */
  readonly retried?: boolean
}

/** A journal that reads calls in a thread of its own. */
export interface ReadingJournal extends Journal {
  /** Whether it can make drafts of calls of this protocol; it may learn to once it was asked. */
  canRead(protocol: Protocol): boolean
  append(records: readonly (Draft | Capture)[], isPatient?: boolean): Promise<void>
}

/** Appends records to a journal. */
export type Append = ReadingJournal['append']

/** Whether a journal takes captures beside drafts. */
export function isReading(journal: Journal): journal is ReadingJournal {
  return 'canRead' in journal
}

/** Appends records in the form that the journal takes. */
export function appendTo(
  journal: Journal,
  records: readonly (Draft | Capture)[],
  isPatient?: boolean
): Promise<void> {
  if (isReading(journal)) return journal.append(records, isPatient)
  return journal.append(records.map(toDraft), isPatient)
}

/** Whether a record's draft is still to be made. */
export function isCapture(record: Draft | Capture): record is Capture {
  return 'values' in record
}

/**
 * The draft of a record, made here where it is still to be made. Throws AuditError `bad_record`.
 */
export function toDraft(record: Draft | Capture): Draft {
  if (!isCapture(record)) return record
  const { values, retried = false } = record
  const make = () => draftOf(record, values, readCapturedRequest(record, values))
  return { ...draftOrRefuse(values, make), retried }
}

/** A capture that no draft can be made of is refused alone, so that it holds up no other. */
export function draftOrRefuse(values: CaptureValues, make: () => Draft): Draft {
  try {
    return make()
  } catch (cause) {
    const [[, protocol, auditId]] = values
    const message = `no record of ${auditId} (${protocol}) can be made: ${typeOfError(cause)}`
    throw new AuditError('bad_record', message, { cause })
  }
}

/** Whether the values are those of a call that starts. */
export function isReceived(
  values: CaptureValues
): values is readonly [call: CallValues, own: ReceivedValues] {
  return values[1][0] === 'received'
}

/** What the request of a captured record says. */
export function readCapturedRequest(
  { protocol, sha256 }: Reading,
  [call]: CaptureValues
): RequestPart {
  const [{ maxLength, media }, , , , , , , url, agent, headers, body] = call
  const read = () => readSent(protocol, { url, agent, headers, body })
  return readRequestPart(read, { maxLength, media, sha256 })
}

/** The draft of a captured record. */
export function draftOf(
  { protocol, sha256 }: Reading,
  values: CaptureValues,
  request: RequestPart
): Draft {
  const [{ members, maxLength, media }, , auditId, openedAt, context, parent, trace] = values[0]
  const scope = {
    ...(context !== undefined && { context: parseMember<AuditContext>(context) }),
    ...(parent !== undefined && { parent })
  }
  const call = { auditId, openedAt, scope, trace, request, received: undefined }
  const maker = new DraftMaker(members)
  if (isReceived(values)) {
    const [, system, openCalls] = values[1]
    return maker.received(call, { ...system, openCalls })
  }
  const [stage, at, durationMs, outcome, chunks, firstChunkMs, ...answer] = values[1] as EndedValues
  const [contentType, requestId, headers, whole, isError, body] = answer
  const seen = { contentType, requestId, headers, whole, isError, chunks: [body] }
  const response = readResponsePart(() => readSeen(protocol, seen), undefined, {
    maxLength,
    media,
    sha256
  })
  return maker.terminal(
    { ...call, attempts: [], chunks, firstChunkMs },
    { stage, at, durationMs, response, ...(outcome !== undefined && { outcome }) }
  )
}
