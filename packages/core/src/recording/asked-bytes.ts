import { joinBytes } from '../base/bytes.ts'
import { stringify } from '../base/json-text.ts'
import type { CallRequest } from '../record/call-facts.ts'
import type { ContentLimits } from '../record/contents.ts'
import type { Later } from '../record/later.ts'
import { readRequestPart } from '../record/request-part.ts'
import type { BodyPieces } from '../streams/request-body.ts'
import { teePieces } from '../streams/tee-pieces.ts'
import { isWireReading, type RequestReading, readSent } from '../wire/deferred-reading.ts'
import { packRequest } from './packed-parts.ts'

/** All that a request says, as bytes that differ where it does; nothing where that cannot be known before it is sent. */
export type AskedBytes = Uint8Array | undefined

/** What a request says, and the request to record in its place: one that is read bit by bit is read once, for both. */
export interface KeptRequest {
  readonly request: Later<CallRequest>
  readonly asked: AskedBytes | Promise<AskedBytes>
}

/** A request that is read bit by bit, to be recorded, and what it says once all of it has come before it is sent. */
export interface AheadRequest {
  readonly request: RequestReading
  /** Nothing where it is no bytes, or too large to be read, or its call ended before. */
  readonly whole: Promise<
    { readonly request: Later<CallRequest>; readonly asked: Uint8Array } | undefined
  >
}

/** Reads the rest of a request before it is sent: whoever sends it waits for `whole`. */
export function readAhead(request: RequestReading, rest: BodyPieces): AheadRequest {
  const { pieces, whole } = teePieces(rest)
  const { protocol, source } = request
  return {
    request: Object.assign(() => request(), request, { rest: pieces }),
    whole: whole.then((found) => {
      if (found === undefined) return undefined
      const sent = { ...source(), body: joinBytes(found) }
      const asked = joinBytes([`${protocol.name} ${sent.url}\n`, sent.body])
      return { request: () => readSent(protocol, sent), asked }
    })
  }
}

/** Keeps what a request says before the application can change it. */
export function keepAsked(request: Later<CallRequest>, limits: ContentLimits): KeptRequest {
  if (!isWireReading(request)) return { request, asked: readAsked(request, limits) }
  const { url, body } = request.source()
  const about = `${request.protocol.name} ${url}\n`
  if (request.rest === undefined) {
    return { request, asked: body === undefined ? undefined : joinBytes([about, body]) }
  }
  const { pieces, whole } = teePieces(request.rest)
  const asked = whole.then((found) => found && joinBytes([about, ...found]))
  return { request: Object.assign(() => request(), request, { rest: pieces }), asked }
}

/** What a request in process says. */
export function readAsked(request: Later<CallRequest>, limits: ContentLimits): AskedBytes {
  const part = readRequestPart(request, { ...limits, maxLength: Number.MAX_SAFE_INTEGER })
  if (part.problem !== undefined) return undefined
  const { facts, body, media } = packRequest(part)
  return joinBytes([stringify(facts), ...body, ...media.map((content) => content.body)])
}
