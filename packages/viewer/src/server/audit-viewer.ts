import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { Annotation, Reader } from '@slm-audit/core/reader'
import { type Access, admit } from './access.ts'
import { assets } from './assets.ts'
import { json } from './json.ts'
import { kept } from './kept.ts'
import { ROUTES, type Sources } from './routes.ts'

/**
 * A reader, or how one is opened: it then is when it is needed first. What the opening rejects with, the page says, and it is tried
 * again with the next request, so that a page over a locked log goes on by itself once the key is there. Whoever gives it disposes
 * what was opened.
 */
export type ReaderSource = Reader | (() => Promise<Reader>)

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
  /**
   * A second reader of the same log, for what takes long: figures, comparisons, verification. Lists then never wait for
   * these; the first reader unless given. Whoever gives it disposes it.
   */
  readonly figures?: ReaderSource
  /**
   * Stores what is said about a call, as `annotateCalls` and `log.annotate` do; called once for each annotation that
   * somebody adds in the page. The page offers none unless given.
   */
  readonly annotate?: (auditId: string, annotation: Annotation) => Promise<void> | void
}

/**
 * A web page over a log, as a handler of the Fetch standard: mount it in Hono, Next or any server that
 * takes one, or give it to `serveViewer`. It asks nothing of other hosts, changes nothing but by
 * `annotate`, and answers errors as JSON with the words of AuditError.
 */
export function auditViewer(
  reader: ReaderSource,
  options: ViewerOptions = {}
): (request: Request) => Promise<Response> {
  const { base = '', token, hosts, name, figures = reader, annotate } = options
  const access: Access = { base, token, hosts }
  const [openLists, openFigures] = [opening(reader), opening(figures)]
  const sources = async (): Promise<Sources> => {
    const lists = await openLists()
    return {
      reader: lists,
      figures: figures === reader ? lists : await openFigures(),
      name,
      annotate
    }
  }
  return async (request) => {
    const url = new URL(request.url)
    const refused = admit(access, request, url)
    if (refused) return refused
    const path = url.pathname.slice(base.length) || '/'
    const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
    try {
      if (route) return await route(await sources(), url.searchParams, request)
      return await assets(path, base)
    } catch (error) {
      return problem(error)
    }
  }
}

function opening(source: ReaderSource): () => Promise<Reader> {
  return typeof source === 'function' ? kept(async () => await source()) : async () => source
}

const STATUSES: { readonly [code: string]: number } = {
  bad_query: 400,
  denied: 403,
  not_found: 404
}

function problem(error: unknown): Response {
  const code = AuditError.is(error) ? error.code : 'journal_unavailable'
  const status = STATUSES[code] ?? 503
  const { from, to, nearest } = (error ?? {}) as { from?: number; to?: number; nearest?: string }
  return json({ code, problem: messageOf(error).split('\n')[0], from, to, nearest }, status)
}
