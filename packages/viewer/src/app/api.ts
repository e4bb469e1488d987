import type { CallSummary, Page, VerifyReport } from '@slm-audit/core/reader'
import type { CallView } from '../server/call-view.ts'
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
    this.code = said.code ?? 'gone'
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

async function ask<T>(path: string, values: { readonly [name: string]: string } = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(addressOf(path, values))
  } catch {
    throw new Problem({ problem: 'The viewer is gone: start slm-audit ui again.' })
  }
  if (response.ok) return (await response.json()) as T
  throw new Problem(await response.json().catch(() => ({ problem: response.statusText })))
}

/** The log as a whole. */
export const askLog = (): Promise<LogDescription> => ask('/api/log')

/** A page of calls: the first one, or the one at a cursor; of 200 unless `limit` says fewer. */
export const askCalls = (q: string, cursor?: string, limit?: number): Promise<Page<CallSummary>> =>
  ask('/api/calls', {
    q,
    ...(cursor !== undefined && { cursor }),
    ...(limit !== undefined && { limit: String(limit) })
  })

/** One call. */
export const askCall = (id: string): Promise<CallView> => ask('/api/call', { id })

/** The proofs of one call. */
export const askProof = (id: string): Promise<ProofView> => ask('/api/proof', { id })

/** Verifies the log, telling how far it is. */
export async function verify(
  onProgress: (checked: number, of: number) => void
): Promise<VerifyReport> {
  const response = await fetch(addressOf('/api/verify'), { method: 'POST' })
  const lines = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = (await lines?.read()) ?? { done: true, value: undefined }
    if (done) throw new Problem({ problem: 'the verification ended early' })
    const parts = (rest + value).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      const said = JSON.parse(line)
      if (said.report) return said.report
      if (said.problem) throw new Problem(said)
      onProgress(said.checked, said.of)
    }
  }
}
