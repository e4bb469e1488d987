import { AuditError, isObject } from '@slm-audit/core/journal'
import {
  type Annotation,
  completeFilter,
  type PageRequest,
  type Reader,
  STATS_DIMENSIONS
} from '@slm-audit/core/reader'
import { callOf, readCall } from './call-view.ts'
import { readContentText, readMedia } from './content-view.ts'
import { eventsOf } from './event-view.ts'
import { facetsOf, figuresBy, histogramOf, seriesOf } from './figures.ts'
import { json } from './json.ts'
import { lineStream } from './line-stream.ts'
import { followLog } from './live-log.ts'
import { describeLog } from './log-view.ts'
import { proofFile, proofsOf } from './proof-view.ts'

/** What the addresses of the viewer are answered from. */
export interface Sources {
  /** Lists, calls, proofs. */
  readonly reader: Reader
  /** The same log, for what takes long. */
  readonly figures: Reader
  /** Name of the log for people. */
  readonly name: string | undefined
  /** Stores what is said about a call, where the page may. */
  readonly annotate: ((auditId: string, annotation: Annotation) => Promise<void> | void) | undefined
}

/** Answers one address. */
export type Route = (
  sources: Sources,
  values: URLSearchParams,
  request: Request
) => Promise<Response> | Response

const MOST_ROWS = 200
/** Calls of each side that are compared. */
const COMPARED = 1_000

/** The addresses of the viewer's own page, below its base; all others are the page itself. */
export const ROUTES: { readonly [path: string]: Route } = {
  '/api/log': async ({ reader, name, annotate }) =>
    json(await describeLog(reader, name, annotate !== undefined)),
  '/api/annotate': async ({ reader, annotate }, values, request) => {
    if (request.method !== 'POST' || !annotate)
      return json({ problem: 'nothing can be said here' }, 405)
    const { auditId } = await callOf(reader, idIn(values))
    await annotate(auditId, await annotationIn(request))
    return json({})
  },
  '/api/live': ({ reader }, _values, { signal }) => followLog(reader, signal),
  '/api/calls': async ({ reader }, values, { signal }) =>
    json(await reader.query(filterIn(values), { ...pageIn(values), signal })),
  '/api/complete': async ({ reader }, values) => {
    const text = values.get('text') ?? ''
    return json(await completeFilter(text, (field, options) => reader.facets(field, options)))
  },
  '/api/facets': async ({ reader }, values) => json(await facetsOf(reader, values.getAll('field'))),
  '/api/facets-within': async ({ figures }, values, { signal }) =>
    json(await figures.facetsWithin(filterIn(values), { signal })),
  '/api/histogram': async ({ figures }, values, { signal }) =>
    json((await histogramOf(figures, filterIn(values), signal)) ?? null),
  '/api/series': async ({ figures }, values, { signal }) =>
    json((await seriesOf(figures, filterIn(values), signal)) ?? null),
  '/api/figures': async ({ figures }, values, { signal }) => {
    const by = STATS_DIMENSIONS.find((each) => each === values.get('by')) ?? 'model'
    return json(await figuresBy(figures, filterIn(values), by, signal))
  },
  '/api/sessions': async ({ reader }, values, { signal }) =>
    json(await reader.sessions(filterIn(values), { ...pageIn(values), limit: 30, signal })),
  '/api/session': async ({ reader }, values) => {
    const found = await reader.session(idIn(values))
    if (found) return json(found)
    throw new AuditError('not_found', `no call is of the session ${idIn(values)}`)
  },
  '/api/compare': ({ figures }, values, request) =>
    ofPost(request, () =>
      lineStream((onProgress) =>
        figures.compare({
          first: values.get('first') ?? '',
          second: values.get('second') ?? '',
          filter: filterIn(values),
          limit: COMPARED,
          onProgress
        })
      )
    ),
  '/api/call': async ({ reader }, values) => json(await readCall(reader, idIn(values))),
  '/api/content': ({ reader }, values) => readContentText(reader, idIn(values), values.get('name')),
  '/api/media': ({ reader }, values) => readMedia(reader, idIn(values), values.get('name')),
  '/api/events': async ({ reader }, values) => json(await eventsOf(reader, values.getAll('kind'))),
  '/api/proof': async ({ reader }, values) => json((await proofsOf(reader, idIn(values))) ?? null),
  '/api/proof-file': ({ reader }, values) => proofFile(reader, values),
  '/api/verify': ({ figures }, _values, request) =>
    ofPost(request, () => lineStream((onProgress) => figures.verify({ onProgress })))
}

/** What costs much is done for the page alone: an address that is followed asks with GET. */
function ofPost(request: Request, answer: () => Response): Response {
  return request.method === 'POST' ? answer() : json({ problem: 'send POST' }, 405)
}

/** UTF-16 code units of an annotation that are taken. */
const LONGEST_ANNOTATION = 65_536

async function annotationIn(request: Request): Promise<Annotation> {
  const text = await request.text()
  const value: unknown = text.length > LONGEST_ANNOTATION ? undefined : safely(text)
  if (isObject(value) && Object.keys(value).length > 0) return value
  throw new AuditError(
    'bad_query',
    `an annotation is an object of JSON that says something in ${LONGEST_ANNOTATION} characters at most`
  )
}

function safely(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function filterIn(values: URLSearchParams): string {
  return values.get('q') ?? ''
}

function pageIn(values: URLSearchParams): PageRequest {
  const cursor = values.get('cursor')
  const asked = Number(values.get('limit'))
  const limit = asked >= 1 ? Math.min(MOST_ROWS, Math.floor(asked)) : MOST_ROWS
  const sort = values.get('sort') === 'relevance' ? 'relevance' : undefined
  return { limit, ...(cursor && { cursor }), ...(sort && { sort }) }
}

function idIn(values: URLSearchParams): string {
  const id = values.get('id')
  if (id) return id
  throw new AuditError('bad_query', 'the address lacks ?id=, the call that is meant')
}
