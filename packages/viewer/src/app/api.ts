import type {
  AuditRecord,
  CallSummary,
  Comparison,
  Completions,
  FacetCount,
  FacetsWithin,
  Page,
  Session,
  SessionSummary,
  StatsRow,
  VerifyReport
} from '@slm-audit/core/reader'
import type { CallView } from '../server/call-view.ts'
import type { Histogram, Series } from '../server/figures.ts'
import type { LogDescription } from '../server/log-view.ts'
import type { ProofView } from '../server/proof-view.ts'

/** Where the viewer is mounted. */
const BASE = document.body.dataset.base ?? ''

/** What the server says is wrong; of a filter with where in it. */
export class Problem extends Error {
  readonly code: string
  readonly from: number | undefined
  readonly to: number | undefined
  readonly nearest: string | undefined

  constructor(said: {
    code?: string
    problem?: string
    from?: number
    to?: number
    nearest?: string
  }) {
    super(said.problem ?? 'the viewer did not answer')
    this.code = said.code ?? 'refused'
    this.from = said.from
    this.to = said.to
    this.nearest = said.nearest
  }
}

/** An address of the server. */
export function addressOf(path: string, values: { readonly [name: string]: string } = {}): string {
  const query = new URLSearchParams(values).toString()
  return `${BASE}${path}${query === '' ? '' : `?${query}`}`
}

async function ask<T>(
  path: string,
  values: { readonly [name: string]: string } = {},
  signal?: AbortSignal
): Promise<T> {
  return (await (await send(path, values, signal && { signal })).json()) as T
}

/** Rejects with Problem for an answer that is a refusal, and where there is none. */
async function send(
  path: string,
  values: { readonly [name: string]: string },
  init: RequestInit = {}
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(addressOf(path, values), init)
  } catch {
    throw new Problem({ code: 'gone', problem: 'The viewer is gone: start slm-audit ui again.' })
  }
  if (response.ok) return response
  throw new Problem(saidIn(await response.text().catch(() => '')))
}

/** What a refusal says, as JSON or in plain words. */
function saidIn(text: string): ConstructorParameters<typeof Problem>[0] {
  try {
    return JSON.parse(text)
  } catch {
    const line = text.split('\n')[0]
    return line ? { problem: line } : {}
  }
}

/** The log as a whole. */
export const askLog = (): Promise<LogDescription> => ask('/api/log')

/** Which page of calls: the first one, or the one at a cursor; of 200 unless `limit` says fewer. */
interface PageAsked {
  readonly cursor?: string | undefined
  readonly limit?: number
  /** `relevance`, or empty for the newest first. */
  readonly sort?: string
  /** Ends the question: what nobody waits for any more is not looked for either. */
  readonly signal?: AbortSignal
}

/** A page of calls. */
export const askCalls = (
  q: string,
  { cursor, limit, sort = '', signal }: PageAsked = {}
): Promise<Page<CallSummary>> =>
  ask(
    '/api/calls',
    {
      q,
      ...(cursor !== undefined && { cursor }),
      ...(limit !== undefined && { limit: String(limit) }),
      ...(sort !== '' && { sort })
    },
    signal
  )

/** One call. */
export const askCall = (id: string): Promise<CallView> => ask('/api/call', { id })

/** The proofs of one call; `null` while no checkpoint covers it. */
export const askProof = (id: string): Promise<ProofView | null> => ask('/api/proof', { id })

/** Says something about a call, in a record of its own. */
export async function annotate(
  id: string,
  annotation: { readonly [name: string]: unknown }
): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await send('/api/annotate', { id }, { method: 'POST', headers, body: JSON.stringify(annotation) })
}

/** What can be typed at the end of a filter. */
export const askCompletions = (text: string): Promise<Completions> => ask('/api/complete', { text })

/** Values with counts, over the whole log. */
export async function askFacets(
  fields: readonly string[]
): Promise<{ readonly [field: string]: readonly FacetCount[] }> {
  return ask(`/api/facets?${new URLSearchParams(fields.map((field) => ['field', field]))}`)
}

/** Values of the newest calls of a filter with counts. */
export const askFacetsWithin = (q: string, signal: AbortSignal): Promise<FacetsWithin> =>
  ask('/api/facets-within', { q }, signal)

/** The calls of a filter over time; nothing of an empty log. */
export const askHistogram = (q: string, signal: AbortSignal): Promise<Histogram | null> =>
  ask('/api/histogram', { q }, signal)

/** Figures over time; nothing of an empty log. */
export const askSeries = (q: string): Promise<Series | null> => ask('/api/series', { q })

/** Figures of each value of a dimension. */
export const askFigures = (q: string, by: string): Promise<readonly StatsRow[]> =>
  ask('/api/figures', { q, by })

/** A page of sessions. */
export const askSessions = (q: string, cursor?: string): Promise<Page<SessionSummary>> =>
  ask('/api/sessions', { q, ...(cursor !== undefined && { cursor }) })

/** A session, whole. */
export const askSession = (id: string): Promise<Session> => ask('/api/session', { id })

/** Records that are not calls, of some kinds, newest first. */
export async function askEvents(kinds: readonly string[]): Promise<readonly AuditRecord[]> {
  return ask(`/api/events?${new URLSearchParams(kinds.map((kind) => ['kind', kind]))}`)
}

/** Told how much is done, and of how much. */
export type OnProgress = (done: number, of: number) => void

/** Verifies the log. */
export const verify = (onProgress: OnProgress): Promise<VerifyReport> =>
  long('/api/verify', {}, onProgress)

/** Compares two sides. */
export const askComparison = (
  sides: { readonly first: string; readonly second: string; readonly q: string },
  onProgress: OnProgress
): Promise<Comparison> => long('/api/compare', sides, onProgress)

/** Asks for something that takes long, and is told how far it is. */
async function long<T>(
  path: string,
  values: { readonly [name: string]: string },
  onProgress: OnProgress
): Promise<T> {
  const response = await send(path, values, { method: 'POST' })
  const lines = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = (await lines?.read()) ?? { done: true, value: undefined }
    if (done) throw new Problem({ problem: 'it ended early: is the viewer still running?' })
    const parts = (rest + value).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      const said = JSON.parse(line)
      if ('result' in said) return said.result
      if (said.problem) throw new Problem(said)
      onProgress(said.done, said.of)
    }
  }
}
