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
    provider: text(call?.provider),
    model: text(call?.model),
    answeredModel: text(response?.model),
    operation: text(call?.operation),
    session: text(context?.session),
    user: text(context?.user),
    tenant: text(context?.tenant),
    parent: text(record.parent),
    durationMs: number(timing?.durationMs),
    inputTokens: number(usage?.inputTokens),
    outputTokens: number(usage?.outputTokens),
    errorType: text(outcome?.type ?? outcome?.by),
    tags: context?.tags ? tagsOf(context.tags) : NO_TAGS
  }
}

/** A log that is copied may be another program's: what is no text is not indexed. */
function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function tagsOf(tags: { readonly [name: string]: unknown }): Columns['tags'] {
  return Object.entries(tags).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value)
  ])
}
