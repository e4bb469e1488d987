import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { Reader } from '@slm-audit/core/reader'
import { type Access, admit } from './access.ts'
import { assets } from './assets.ts'
import { readCall, readContentText } from './call-view.ts'
import { followLog } from './live-log.ts'
import { describeLog } from './log-view.ts'
import { proofsOf } from './proof-view.ts'
import { verifyInSteps } from './verify-stream.ts'

/** Options of `auditViewer`. */
export interface ViewerOptions {
  /**
   * Where the page is mounted, as `/audit`; the root unless given. Everything below it belongs to the viewer.
   */
  readonly base?: string
  /**
   * A secret that a browser must bring once, as `?token=…`, and then keeps in a cookie. Leave it out
   * only where the application that mounts the viewer has let the request in.
   */
  readonly token?: string
  /**
   * Hosts, with their ports, that a request may be for; all unless given. On loopback, give them: a page
   * elsewhere could point a name of its own at this machine (DNS rebinding).
   */
  readonly hosts?: readonly string[]
  /** Name of the log for people, such as its file; its origin unless given. */
  readonly name?: string
}

type Route = (reader: Reader, url: URL, request: Request) => Promise<Response> | Response

const MOST_ROWS = 200

/**
 * A web page over a log, as a handler of the Fetch standard: mount it in Hono, Next or any server that
 * takes one, or give it to `serveViewer`. It reads only, asks nothing of other hosts, and answers errors
 * as JSON with the words of AuditError.
 */
export function auditViewer(
  reader: Reader,
  options: ViewerOptions = {}
): (request: Request) => Promise<Response> {
  const { base = '', token, hosts, name } = options
  const access: Access = { base, token, hosts }
  const routes = routesOf(name)
  return async (request) => {
    const url = new URL(request.url)
    const refused = admit(access, request, url)
    if (refused) return refused
    const path = url.pathname.slice(base.length) || '/'
    const route = routes[path]
    try {
      if (route) return await route(reader, url, request)
      return await assets(path, base)
    } catch (error) {
      return problem(error)
    }
  }
}

function routesOf(name: string | undefined): { readonly [path: string]: Route } {
  return {
    '/api/log': async (reader) => json(await describeLog(reader, name)),
    '/api/calls': async (reader, { searchParams }) => {
      const cursor = searchParams.get('cursor')
      const limit = Math.min(MOST_ROWS, Number(searchParams.get('limit')) || MOST_ROWS)
      const page = { limit, ...(cursor && { cursor }) }
      return json(await reader.query(searchParams.get('q') ?? '', page))
    },
    '/api/call': async (reader, url) => json(await readCall(reader, idIn(url))),
    '/api/content': (reader, url) =>
      readContentText(reader, idIn(url), url.searchParams.get('name')),
    '/api/proof': async (reader, url) => json(await proofsOf(reader, idIn(url))),
    '/api/live': (reader, _url, { signal }) => followLog(reader, signal),
    '/api/verify': (reader, _url, request) =>
      request.method === 'POST' ? verifyInSteps(reader) : json({ problem: 'send POST' }, 405)
  }
}

function idIn({ searchParams }: URL): string {
  const id = searchParams.get('id')
  if (id) return id
  throw new AuditError('bad_query', 'the address lacks ?id=, the call that is meant')
}

/** An answer that no cache keeps: what a log says is for whoever asked. */
export function json(value: unknown, status = 200): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(value), { status, headers })
}

function problem(error: unknown): Response {
  const code = AuditError.is(error) ? error.code : 'journal_unavailable'
  const status = code === 'not_found' ? 404 : code === 'bad_query' ? 400 : 503
  const { from, to, nearest } = error as { from?: number; to?: number; nearest?: string }
  return json({ code, problem: messageOf(error).split('\n')[0], from, to, nearest }, status)
}
