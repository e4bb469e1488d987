import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AuditError, messageOf } from '@slm-audit/core/adapter'
import { knownProtocols } from '@slm-audit/fetch'
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

/** Headers that are of one connection. */
const OF_CONNECTION = /^(host|connection|content-length|transfer-encoding|keep-alive|expect)$/i

/**
 * Serves a replay over HTTP on this machine alone, for applications whose model is an address: whatever the path
 * begins with, requests that slm-audit can read get recorded answers, and others 404. Rejects with the system's
 * error where the port cannot be had.
 */
export async function serveReplay(
  replay: Replay,
  options: ServeOptions = {}
): Promise<ReplayServer> {
  const { port = 0, live } = options
  const server = createServer((request, response) => {
    answer(replay, live, request, response).catch((error: unknown) => refuse(response, error))
  })
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(port, '127.0.0.1', listening.resolve)
  await listening.promise
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://127.0.0.1:${bound}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

async function answer(
  replay: Replay,
  live: string | undefined,
  incoming: IncomingMessage,
  response: ServerResponse
): Promise<void> {
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
    throw new AuditError('not_found', message)
  }
  const found = await served.send()
  response.writeHead(found.status, { 'content-type': found.headers.get('content-type') ?? '' })
  if (!found.body) response.end()
  else await pipeline(Readable.fromWeb(found.body as never), response)
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

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const isUnknown = AuditError.is(error) && error.code === 'not_found'
  response.writeHead(isUnknown ? 404 : 502, { 'content-type': 'application/json' })
  const { code = 'replay' } = Object(error) as { readonly code?: unknown }
  response.end(
    JSON.stringify({ error: { type: 'slm_audit_replay', code, message: messageOf(error) } })
  )
}
