import { type AuditLog, type Protocol, type StreamEvent, wrapFetch } from '@slm-audit/core'
import { readUsage } from '@slm-audit/core/adapter'
import { isObject } from '@slm-audit/core/journal'

type Body = { readonly [name: string]: unknown }
type Options = { readonly signal?: AbortSignal }

/** A client as vendors make them: it takes a fetch, and streams lines or messages of JSON. */
export class EchoClient {
  readonly url: string
  readonly fetch: typeof fetch

  constructor(url: string, base: typeof fetch = fetch) {
    this.url = url
    this.fetch = base
  }

  async chat(params: Body, options: Options = {}): Promise<unknown> {
    return (await this.#send(params, options)).json()
  }

  async *stream(params: Body, options: Options = {}): AsyncGenerator<unknown> {
    const { body } = await this.#send(params, options)
    let held = new Uint8Array()
    for await (const chunk of body ?? []) {
      held = Uint8Array.of(...held, ...(chunk as Uint8Array))
      for (let frame = take(held); frame !== undefined; frame = take(held)) {
        held = held.slice(frame.length)
        yield JSON.parse(new TextDecoder().decode(frame[0] === 0 ? frame.subarray(4) : frame))
      }
    }
  }

  async #send(params: Body, { signal }: Options): Promise<Response> {
    const init = { method: 'POST', body: JSON.stringify(params), ...(signal && { signal }) }
    const response = await this.fetch(`${this.url}/echo`, init)
    if (response.ok) return response
    throw Object.assign(new Error(await response.text()), { status: response.status })
  }
}

/** The first frame: a message that begins with its length, or a line. */
function take(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0] === 0) {
    const length = bytes.length < 4 ? Number.POSITIVE_INFINITY : lengthAt(bytes, 0)
    return bytes.length < length ? undefined : bytes.subarray(0, length)
  }
  const end = bytes.indexOf(10)
  return end < 0 ? undefined : bytes.subarray(0, end + 1)
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
}

interface Echo {
  readonly text: string
  readonly last: Body
}

/** The same on the wire. */
export const echoChat: Protocol<Echo> = {
  name: 'echo.chat',
  framing: 'ndjson',
  matches: (url, method) => method === 'POST' && url.pathname === '/echo',
  readRequest(body) {
    if (!isObject(body)) return { operation: 'chat', provider: 'echo', input: body }
    const { prompt, stream, ...settings } = body
    const sent = stream === true ? { stream } : {}
    return { operation: 'chat', provider: 'echo', input: prompt, settings, ...sent }
  },
  readResponse: (body) => (isObject(body) ? read(body) : {}),
  start: () => ({ text: '', last: {} }),
  step(fold, event) {
    if (!isObject(event)) return fold
    const more = typeof event.text === 'string' ? event.text : ''
    return { text: fold.text + more, last: event }
  },
  finish: ({ text, last }) => read({ ...last, text })
}

/** The same in messages that begin with their length. */
export const echoBinary: Protocol<Echo> = {
  ...echoChat,
  name: 'echo.binary',
  decode(bytes) {
    const events: StreamEvent[] = []
    for (let at = 0; at + 4 <= bytes.length; ) {
      const end = at + lengthAt(bytes, at)
      if (end > bytes.length || end <= at) break
      const text = new TextDecoder().decode(bytes.subarray(at + 4, end))
      try {
        events.push({ data: JSON.parse(text) })
      } catch {
        events.push({ malformed: text })
      }
      at = end
    }
    return events
  }
}

function read({ text, usage: raw, finish }: Body) {
  const usage = readUsage(raw)
  return {
    output: text,
    ...(typeof finish === 'string' && { finishReasons: [finish] }),
    ...(usage && { usage })
  }
}

/** Attaches a log to an echo client. */
export function wrapEcho(client: EchoClient, log: AuditLog, protocol: Protocol<Echo> = echoChat) {
  return new EchoClient(client.url, wrapFetch(log, [protocol as Protocol], client.fetch))
}
