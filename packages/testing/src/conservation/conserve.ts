import { type Protocol, wrapFetch } from '@slm-audit/core'
import { isObject } from '@slm-audit/core/adapter'
import type { AuditedCall } from '@slm-audit/core/reader'
import { memoryLog } from '../fakes/memory-log.ts'
import { type Fixture, framesOf, sentBody } from '../fixtures/fixture.ts'
import { type Disturbance, disturbancesOf } from './disturbances.ts'
import {
  encodeMessage,
  isEventStream,
  type NamedMessage,
  unwrapMessage,
  wrapMessage
} from './event-stream.ts'
import { findLost } from './find-lost.ts'

/** What became of the answers of a fixture when they were disturbed. */
export interface Conserved {
  readonly tried: number
  /** Answers all of which stands in the record. */
  readonly kept: number
  /** Answers of which a mark tells what is left out. */
  readonly marked: number
  /** What was lost without a word, each with its disturbance. */
  readonly silent: readonly string[]
}

interface Frame {
  readonly data: unknown
  readonly name?: string
}

/** How many bytes a piece of an answer has, in turn: one by one, by a few, and all at once. */
const SIZES = [1, 7, Number.POSITIVE_INFINITY]

/**
 * Gives the answer of a fixture to its protocol, as it came and disturbed in many ways, and looks in the
 * record for each text and number of its events. Empty where the answer is neither JSON nor
 * a stream of it.
 */
export async function conserve(protocol: Protocol, fixture: Fixture): Promise<Conserved> {
  const frames = readFrames(protocol, fixture)
  const isBinary = fixture.isStream && isEventStream(fixture.answer)
  const events = frames.map((frame) => (isBinary ? wrapMessage(frame) : frame.data))
  const all = frames.length > 0 ? disturbancesOf(events, fixture.isStream) : []
  // Messages in bytes are read by nobody as another type, and have their names in them.
  const disturbances = isBinary
    ? all.filter(({ contentType, named }) => contentType === undefined && named === undefined)
    : all
  const isWrapped = frames.some((frame) => wrapMessage(frame) !== frame.data)
  const messages = (one: Disturbance) => one.events.map((event) => unwrapMessage(event, isWrapped))
  const calls = await callsOf(
    protocol,
    fixture,
    disturbances.map((one) =>
      isBinary ? binaryOf(messages(one), one, fixture) : bytesOf(one, frames, fixture)
    )
  )
  const accounts = disturbances.map((one, at) => {
    const call = calls[at]
    if (call === undefined) return { isMarked: false, silent: [`${one.name}: no record`] }
    const said = isBinary ? messages(one).map(({ data }) => data) : one.events
    const told = one.cut === undefined && !isBinary ? heardOf(protocol, one) : said
    const whole = one.cut === undefined ? told : said.slice(0, -1)
    const { isMarked, silent } = findLost(whole, call, protocol)
    return { isMarked, silent: silent.map(({ place, value }) => `${one.name}: ${place} ${value}`) }
  })
  return {
    tried: accounts.length,
    kept: accounts.filter(({ isMarked, silent }) => !isMarked && silent.length === 0).length,
    marked: accounts.filter(({ isMarked, silent }) => isMarked && silent.length === 0).length,
    silent: accounts.flatMap(({ silent }) => silent)
  }
}

/** The events that clients read: none behind the last one. */
function heardOf(protocol: Protocol, { events, named }: Disturbance): readonly unknown[] {
  const last = events.findIndex((event, at) =>
    protocol.isLast?.(event, named?.at === at ? named.name : typeOf(event))
  )
  return last < 0 ? events : events.slice(0, last + 1)
}

async function callsOf(
  protocol: Protocol,
  fixture: Fixture,
  answers: readonly { readonly bytes: Uint8Array; readonly contentType: string }[]
): Promise<AuditedCall[]> {
  const { log, calls, problems } = memoryLog()
  let next = 0
  const fetch = wrapFetch(log, [protocol], async () => {
    const { bytes, contentType } = answers[next] ?? { bytes: new Uint8Array(), contentType: '' }
    const size = SIZES[next++ % SIZES.length] ?? 1
    const headers = { ...fixture.answerHeaders, 'content-type': contentType }
    return new Response(inPieces(bytes, size), { headers })
  })
  const { url, method, headers } = fixture
  for (const _answer of answers) {
    const response = await fetch(url, { method, headers, body: sentBody(fixture) })
    for await (const _piece of response.body ?? []);
  }
  const found = await calls()
  await log.close()
  if (problems.length > 0) throw problems[0]
  return found
}

function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += Math.min(size, bytes.length)) {
        controller.enqueue(bytes.subarray(at, Math.min(at + size, bytes.length)))
      }
      controller.close()
    }
  })
}

function binaryOf(messages: readonly NamedMessage[], { cut }: Disturbance, fixture: Fixture) {
  const bytes = Buffer.concat(messages.map(encodeMessage))
  return {
    bytes: cut === undefined ? bytes : bytes.subarray(0, -cut),
    contentType: fixture.contentType
  }
}

/** The events of a fixture; none where they are not JSON. */
function readFrames(protocol: Protocol, fixture: Fixture): Frame[] {
  const { answer, contentType, isStream } = fixture
  const text = new TextDecoder().decode(answer)
  if (!isStream) return contentType.includes('json') ? framesIn([text]) : []
  if (contentType.includes('amazon')) {
    const events = isEventStream(answer) ? (protocol.decode?.(answer) ?? []) : []
    return events.flatMap((event) => ('data' in event ? [event as Frame] : []))
  }
  return framesIn(framesOf(fixture).map((frame) => new TextDecoder().decode(frame)))
}

function framesIn(texts: readonly string[]): Frame[] {
  return texts.flatMap((text) => {
    const name = /^event: ?(.+)$/m.exec(text)?.[1]
    const lines = [...text.matchAll(/^data: ?(.*)$/gm)].map(([, line]) => line)
    try {
      const data: unknown = JSON.parse(lines.length > 0 ? lines.join('\n') : text)
      return isObject(data) || Array.isArray(data)
        ? [{ data, ...(name !== undefined && { name }) }]
        : []
    } catch {
      return []
    }
  })
}

function bytesOf(
  { events, contentType, cut, named }: Disturbance,
  frames: readonly Frame[],
  fixture: Fixture
) {
  const names = new Map(frames.map(({ data, name }) => [typeOf(data), name]))
  const isLines = !fixture.contentType.includes('event-stream')
  const texts = events.map((event, at) => {
    const json = JSON.stringify(event)
    if (!fixture.isStream) return json
    if (isLines) return `${json}\n`
    const name = named?.at === at ? named.name : (names.get(typeOf(event)) ?? typeOf(event))
    return `${name === undefined || !hasNames(frames) ? '' : `event: ${name}\n`}data: ${json}\n\n`
  })
  const bytes = new TextEncoder().encode(texts.join(''))
  return {
    bytes: cut === undefined ? bytes : bytes.subarray(0, -cut),
    contentType: contentType ?? fixture.contentType
  }
}

function hasNames(frames: readonly Frame[]): boolean {
  return frames.some(({ name }) => name !== undefined)
}

function typeOf(event: unknown): string | undefined {
  return isObject(event) && typeof event.type === 'string' ? event.type : undefined
}
