import type { DraftRecord } from '@slm-audit/core'

/** What the index over calls takes from a record, ready for SQLite. */
export interface Columns {
  readonly kind: string
  readonly receivedAt: number
  readonly provider: string | null
  readonly model: string | null
  readonly answeredModel: string | null
  readonly operation: string | null
  readonly session: string | null
  readonly user: string | null
  readonly tenant: string | null
  readonly parent: string | null
  readonly durationMs: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly errorType: string | null
  readonly tags: readonly (readonly [name: string, value: string])[]
}

const NO_TAGS: Columns['tags'] = []

/** Reads the index columns of a record. */
export function columnsOf(record: DraftRecord): Columns {
  const { call, context, response, timing, outcome } = record
  const usage = response?.usage
  return {
    kind: record.kind,
    receivedAt: Date.parse(record.at),
    provider: call?.provider ?? null,
    model: call?.model ?? null,
    answeredModel: response?.model ?? null,
    operation: call?.operation ?? null,
    session: context?.session ?? null,
    user: context?.user ?? null,
    tenant: context?.tenant ?? null,
    parent: record.parent ?? null,
    durationMs: timing?.durationMs ?? null,
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    errorType: outcome?.type ?? outcome?.by ?? null,
    tags: context?.tags ? tagsOf(context.tags) : NO_TAGS
  }
}

function tagsOf(tags: { readonly [name: string]: unknown }): Columns['tags'] {
  return Object.entries(tags).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value)
  ])
}
