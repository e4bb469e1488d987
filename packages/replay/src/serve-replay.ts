import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AuditError, messageOf } from '@slm-audit/core/adapter'
import { knownProtocols } from '@slm-audit/fetch'
import { listen } from './listen.ts'
import type { Replay } from './replay.ts'

/** Options of `serveReplay`. */
export interface ServeOptions {
  /** Port on 127.0.0.1; a free one unless given. */
  readonly port?: number
  /** Base address of the model's server that divergences and steps behind a fork go to, such as `http://127.0.0.1:11434`. */
  readonly live?: string
}

/** A server that answers as the recorded ones did. */
export interface ReplayServer extends AsyncDisposable {
  /** Its address, without a path: `http://127.0.0.1:4114`. */
  readonly url: string
}

/** Headers that are of one connection, or of HTTP/2 itself. */
const OF_CONNECTION = /^(host|connection|content-length|transfer-encoding|keep-alive|expect|:.*)$/i

/** Names of this machine. Another one is a page's, which had it lead here so that it may read what is recorded. */
const LOCAL = /^(127\.0\.0\.1|localhost)(:\d+)?$/i

/**
 * Serves a replay over HTTP, 1.1 and 2, on this machine alone, for applications whose model is an address: whatever the path
 * begins with, requests that slm-audit can read get recorded answers, and others 404. A request for another host than this
 * one, or of a web page, is refused with 403. Rejects with the system's error where the port cannot be had.
 */
export async function serveReplay(
  replay: Replay,
  options: ServeOptions = {}
): Promise<ReplayServer> {
  const { port = 0, live } = options
  const server = await listen(port, (request, response) => {
    answer(replay, live, request, response).catch((error: unknown) => fail(response, error))
  })
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.close() }
}

async function answer(
  replay: Replay,
  live: string | undefined,
  incoming: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const page = pageOf(incoming)
  if (page !== undefined) {
    const message = `this replay is not for ${JSON.stringify(page)}; ask it from a program, at the address that it printed`
    refuse(response, 403, 'denied', message)
    return
  }
  const left = new AbortController()
  response.once('close', () => left.abort())
  const { method = 'GET', url: path = '/' } = incoming
  const given = Object.entries(incoming.headers).filter(([name]) => !OF_CONNECTION.test(name))
  const headers = given.map(([name, value]) => [name, String(value)] as [string, string])
  const body = await readBody(incoming)
  const request: RequestInit = {
    method,
    headers,
    signal: left.signal,
    ...(body.length > 0 && { body })
  }
  const served = await replay.serve(knownProtocols, (sent) => toModel(sent as Request, live), [
    `http://127.0.0.1${path}`,
    request
  ])
  if (!served) {
    const message = `${method} ${path} is no request that slm-audit records, so there is no answer to it`
    refuse(response, 404, 'not_found', message)
    return
  }
  const found = await served.send().catch((error: unknown) => {
    // A recorded connection that was lost is lost again.
    if (served.auditId === undefined) throw error
  })
  if (!found) {
    response.destroy()
    return
  }
  response.writeHead(found.status, Object.fromEntries(headersOf(found)))
  // Who meets a connection that is lost has met the beginning of its answer.
  response.flushHeaders()
  if (!found.body) response.end()
  else await pipeline(Readable.fromWeb(found.body as never), response)
}

/** What of an answer's headers goes to the application: a model's may be of an encoding that fetch has undone. */
function headersOf({ headers }: Response): [string, string][] {
  return SHOWN.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value] as [string, string]]
  })
}

const SHOWN = ['content-type', 'retry-after', 'retry-after-ms']

/** Whom a request is from that a web page makes: its origin, or the host that it had lead to this machine. */
function pageOf({ headers }: IncomingMessage): string | undefined {
  const { origin } = headers
  const host = headers.host ?? String(headers[':authority'] ?? '')
  return LOCAL.test(host) ? origin : host
}

async function readBody(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

/** Sends a request on to the model's server, at the same path. */
function toModel(request: Request, live: string | undefined): Promise<Response> {
  if (live === undefined) {
    throw new AuditError(
      'bad_option',
      'a request is to go to a model, and none is named: give its address as live'
    )
  }
  const { pathname, search } = new URL(request.url)
  return fetch(new Request(new URL(`${pathname}${search}`, live), request))
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy()
  else refuse(response, 502, AuditError.is(error) ? error.code : 'replay', messageOf(error))
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { type: 'slm_audit_replay', code, message } }))
}
