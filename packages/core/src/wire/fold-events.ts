import { isObject } from '../base/json.ts'
import { stringify } from '../base/json-text.ts'
import type { Protocol, StreamEvent, StreamFault } from '../protocol/protocol.ts'
import { readError } from '../protocol/readers/read-error.ts'
import type { CallResponse } from '../record/call-facts.ts'
import type { Named } from '../record/record.ts'
import { DONE } from './decode.ts'
import { withLeftOver } from './left-over.ts'

/** What a stream was beside its events. */
export interface Ending {
  /** Whether it came to its end. */
  readonly whole: boolean
  /** Whether the end mark of OpenAI-style streams was in it. */
  readonly isDone: boolean
  /** At which faults the client throws. */
  readonly throwsAt: readonly StreamFault[]
}

type WholeEvent = Extract<StreamEvent, { readonly data: unknown }>

/**
 * Folds the events of a stream into its answer. What clients throw at is an error: an event that tells of
 * one, in whatever form, and what `Protocol.throwsAt` says. A stream that ends without any sign of
 * its end is marked.
 */
export function foldEvents(
  protocol: Protocol,
  all: readonly StreamEvent[],
  ending: Ending
): CallResponse {
  const events = all.filter((event) => 'data' in event)
  let state = protocol.start()
  for (const { data, name } of events) state = protocol.step(state, data, name)
  const read = protocol.finish(state)
  const outside = all.flatMap((event) => ('outside' in event ? [event.outside] : []))
  const bad = all.flatMap((event) => ('malformed' in event ? [event] : []))
  const error =
    read.error ??
    errorEvent(all) ??
    (ending.whole ? faultOf(protocol, ending, all, outside) : undefined)
  const flaw = error ? undefined : unended(protocol, events, read, ending)
  const answer = {
    ...read,
    ...(error && { error }),
    ...(flaw &&
      (ending.throwsAt.includes('unended')
        ? { error: { type: flaw, message: UNENDED } }
        : { flaw })),
    ...(events.length > 0 && { events: events.length })
  }
  const texts = [...outside, ...bad.map(({ malformed }) => malformed)]
  return withLeftOver(
    answer,
    events,
    texts.filter((text) => !isTold(text, answer)),
    protocol
  )
}

const UNENDED = 'the stream ended before its last event'

/** What a body says that is not JSON where it had to be. */
export function malformed(message: string): NonNullable<CallResponse['error']> {
  return { type: 'malformed_response', message }
}

/** At which faults a client of a protocol throws. */
export function faultsOf(
  { throwsAt = ['malformed'] }: Protocol,
  client: Named | undefined
): readonly StreamFault[] {
  return typeof throwsAt === 'function' ? throwsAt(client) : throwsAt
}

/** Whether clients of a protocol look at an event of a name. */
export function isHeard(
  { needsNames }: Protocol,
  { name }: { readonly name?: string | undefined }
): boolean {
  return needsNames === undefined || name !== undefined
}

/** An event that is named an error is one, whatever it holds: clients throw it. */
function errorEvent(events: readonly StreamEvent[]): CallResponse['error'] {
  for (const event of events) {
    if ('outside' in event || event.name !== 'error') continue
    if ('malformed' in event) return { message: event.malformed }
    const { data } = event
    const inner = isObject(data) ? data.error : undefined
    return readError(inner) ?? readError(data) ?? { message: stringify(data) }
  }
  return undefined
}

function faultOf(
  protocol: Protocol,
  { throwsAt, isDone }: Ending,
  all: readonly StreamEvent[],
  outside: readonly unknown[]
): CallResponse['error'] {
  const bad = all.flatMap((event) => ('malformed' in event ? [event] : []))
  const heard = bad.find((event) => isHeard(protocol, event))
  if (heard && throwsAt.includes('malformed')) {
    return malformed(`an event of the stream is not JSON: ${heard.malformed}`)
  }
  if (isDone && throwsAt.includes('done')) return malformed(`the stream ends with ${DONE}`)
  const throws = (event: StreamEvent) =>
    (event.isCut && throwsAt.includes('cut')) ||
    (event.isPart && throwsAt.includes('part')) ||
    ('outside' in event && !event.isPart && throwsAt.includes('outside'))
  if (!all.some(throws)) return undefined
  const errors = outside.map((one) => (isObject(one) ? readError(one.error) : undefined))
  return (
    errors.find((error) => error) ??
    malformed('the stream holds, or ends with, what is not an event')
  )
}

function unended(
  { isLast }: Protocol,
  events: readonly WholeEvent[],
  answer: CallResponse,
  { whole, isDone }: Ending
): string | undefined {
  if (!whole || isDone || answer.finishReasons?.length) return undefined
  // A stream without an event says nothing, not even that it ends.
  if (events.length === 0) return 'stream_unended'
  if (isLast && events.some(({ data, name }) => isLast(data, name))) return undefined
  // A format without a last event, and without reasons, has no sign of its end.
  return isLast || answer.finishReasons ? 'stream_unended' : undefined
}

/** Whether an error quotes a text, which is then kept with it. */
function isTold(text: unknown, { error }: CallResponse): boolean {
  return typeof text === 'string' && text !== '' && error?.message?.endsWith(text) === true
}
