import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** What the server does with one request. */
export interface Answer {
  /** 200 unless given. */
  readonly status?: number
  /** Headers of the answer; the content type is JSON unless given. */
  readonly headers?: { readonly [name: string]: string }
  /** The body's pieces, each written on its own. */
  readonly chunks?: readonly (string | Uint8Array)[]
  /** Pause before each piece, in milliseconds; 0 unless given. */
  readonly pauseMs?: number
  /** Awaited when the pieces are written, before what comes `after`. */
  readonly until?: () => Promise<unknown>
  /** After the pieces: `end` the body, `destroy` the connection, or `hang`. `end` unless given. */
  readonly after?: 'end' | 'destroy' | 'hang'
  /** Answers nothing at all: the connection is cut, or hangs, before the headers. */
  readonly before?: 'destroy' | 'hang'
}

/** A request as it arrived, and what became of its answer. */
export interface SeenRequest {
  /** As on the wire: `POST`. */
  readonly method: string
  /** Path and query, as on the wire. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** The whole body, read as UTF-8. */
  readonly body: string
  /** Pieces of the body written so far. */
  sent: number
  /** Whether the client closed the connection before the answer's end. */
  closedByClient: boolean
  /** Whether the answer is over, whoever ended it. */
  ended: boolean
}

/** A model server on loopback whose answers are scripted. */
export interface FakeServer extends AsyncDisposable {
  /** For instance `http://127.0.0.1:40123`. */
  readonly url: string
  /** Requests so far, in order. */
  readonly requests: SeenRequest[]
  /** Sets the answers to the next requests; the last one serves all after it. */
  answer(...answers: Answer[]): void
}

/** An address where nobody listens: a port freed for it could be given to another server meanwhile. */
export const NOBODY = 'http://127.0.0.1:2'

/** Turns of the loop in which a client of the same process reads what was written. */
const TURNS = 5

/** Starts a server on a free port of loopback. */
export async function fakeServer(...answers: Answer[]): Promise<FakeServer> {
  const requests: SeenRequest[] = []
  let script = [...answers]
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { method = '', url: path = '', headers } = request
    const body = Buffer.concat(parts).toString()
    const fresh = { sent: 0, closedByClient: false, ended: false }
    const seen: SeenRequest = { method, path, headers, body, ...fresh }
    requests.push(seen)
    response.on('close', () => {
      seen.ended = true
      seen.closedByClient = !response.writableEnded
    })
    const next = script.length > 1 ? script.shift() : script[0]
    await play(next ?? {}, response, seen)
  })
  // A connection is kept as long as its client likes: it may take long to its next request.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer(...next) {
      script = [...next]
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

async function play(answer: Answer, response: ServerResponse, seen: SeenRequest): Promise<void> {
  const { status = 200, headers = {}, chunks = [], pauseMs = 0, after = 'end', before } = answer
  if (before === 'destroy') response.destroy()
  if (before !== undefined) return
  // A clock in the answer would differ between two plays of one scenario.
  response.sendDate = false
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.flushHeaders()
  for (const chunk of chunks) {
    if (pauseMs > 0) await pause(pauseMs)
    if (response.destroyed) return
    response.write(chunk)
    seen.sent++
  }
  await answer.until?.()
  if (after === 'end') response.end()
  if (after !== 'destroy') return
  await pause(pauseMs)
  response.destroy()
}

/** A pause after which a client of this process has read what came before, however slow the machine. */
async function pause(ms: number): Promise<void> {
  await sleep(ms)
  for (let turns = 0; turns < TURNS; turns++) await turn()
}
