import { textOf } from '@slm-audit/core/reader'
import type { ExportedCall } from './format.ts'

/** A column of the flat formats: what it holds, and how it is read from a call. */
export interface Column {
  readonly name: string
  readonly type: 'text' | 'count' | 'number' | 'boolean' | 'instant'
  /** Made of a content, which may be left out. */
  readonly isContent?: true
  read(exported: ExportedCall): string | number | boolean | undefined
}

/** One row a call: who, what, when, how long, how much, and the texts. */
export const COLUMNS: readonly Column[] = [
  { name: 'audit_id', type: 'text', read: ({ call }) => call.auditId },
  { name: 'kind', type: 'text', read: ({ call }) => call.record.kind },
  { name: 'stage', type: 'text', read: ({ call }) => call.stage },
  { name: 'received_at', type: 'instant', read: ({ call }) => call.receivedAt },
  { name: 'ended_at', type: 'instant', read: ({ call }) => call.endedAt },
  { name: 'provider', type: 'text', read: ({ call }) => call.record.call?.provider },
  { name: 'operation', type: 'text', read: ({ call }) => call.record.call?.operation },
  { name: 'model', type: 'text', read: ({ call }) => call.record.call?.model },
  { name: 'answered_model', type: 'text', read: ({ call }) => call.record.response?.model },
  { name: 'model_digest', type: 'text', read: ({ call }) => call.record.model?.digest },
  { name: 'stream', type: 'boolean', read: ({ call }) => call.record.call?.stream },
  { name: 'settings', type: 'text', read: ({ call }) => json(call.record.call?.settings) },
  { name: 'user', type: 'text', read: ({ call }) => call.record.context?.user },
  { name: 'session', type: 'text', read: ({ call }) => call.record.context?.session },
  { name: 'conversation', type: 'text', read: ({ call }) => call.record.context?.conversation },
  { name: 'tenant', type: 'text', read: ({ call }) => call.record.context?.tenant },
  { name: 'tags', type: 'text', read: ({ call }) => json(call.record.context?.tags) },
  { name: 'service', type: 'text', read: ({ call }) => call.record.service?.name },
  { name: 'service_version', type: 'text', read: ({ call }) => call.record.service?.version },
  { name: 'environment', type: 'text', read: ({ call }) => call.record.service?.environment },
  { name: 'input_tokens', type: 'count', read: ({ call }) => usage(call)?.inputTokens },
  { name: 'output_tokens', type: 'count', read: ({ call }) => usage(call)?.outputTokens },
  { name: 'cache_read_tokens', type: 'count', read: ({ call }) => usage(call)?.cacheReadTokens },
  { name: 'reasoning_tokens', type: 'count', read: ({ call }) => usage(call)?.reasoningTokens },
  { name: 'duration_ms', type: 'number', read: ({ call }) => call.record.timing?.durationMs },
  {
    name: 'time_to_first_chunk_ms',
    type: 'number',
    read: ({ call }) => call.record.timing?.timeToFirstChunkMs
  },
  {
    name: 'finish_reasons',
    type: 'text',
    read: ({ call }) => list(call.record.response?.finishReasons)
  },
  {
    name: 'tool_calls',
    type: 'text',
    read: ({ call }) => list(call.record.response?.toolCalls?.map(({ name }) => name))
  },
  { name: 'mean_logprob', type: 'number', read: ({ call }) => call.record.confidence?.meanLogprob },
  { name: 'perplexity', type: 'number', read: ({ call }) => call.record.confidence?.perplexity },
  { name: 'error_type', type: 'text', read: ({ call }) => call.record.outcome?.type },
  { name: 'ended_by', type: 'text', read: ({ call }) => call.record.outcome?.by },
  { name: 'http_status', type: 'count', read: ({ call }) => call.record.outcome?.status },
  { name: 'first_index', type: 'count', read: ({ call }) => call.indices[0] },
  { name: 'last_index', type: 'count', read: ({ call }) => call.indices.at(-1) },
  { name: 'leaf_hash', type: 'text', read: ({ records }) => leafOf(records) },
  { name: 'input', type: 'text', isContent: true, read: ({ call }) => words(call, 'input') },
  { name: 'output', type: 'text', isContent: true, read: ({ call }) => words(call, 'output') },
  {
    name: 'reasoning',
    type: 'text',
    isContent: true,
    read: ({ call }) => words(call, 'reasoning')
  },
  { name: 'error', type: 'text', isContent: true, read: ({ call }) => words(call, 'error') }
]

type Call = ExportedCall['call']

function usage(call: Call) {
  return call.record.response?.usage
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

function list(values: readonly string[] | undefined): string | undefined {
  return values && values.length > 0 ? values.join(' ') : undefined
}

function leafOf(records: ExportedCall['records']): string | undefined {
  const last = records.at(-1)
  return last && Buffer.from(last.leafHash).toString('hex')
}

function words(call: Call, name: string): string | undefined {
  const value = call.contents[name]
  return value === undefined || value instanceof Uint8Array ? undefined : textOf(value)
}
