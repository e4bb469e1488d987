import type { AuditLogOptions, SealedRecord } from '@slm-audit/core'
import { type OtlpExporterOptions, otlpExporter } from '@slm-audit/otlp'
import { memoryLog } from '@slm-audit/testing'
import { type Body, type Json, type Kind, otlpReceiver, type Receiver } from './receiver.ts'

/** A request and an answer in OpenAI's shape. */
export const chat = {
  operation: 'chat',
  provider: 'openai',
  model: 'qwen3',
  stream: true,
  input: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'How long does a refund take?' }
  ],
  settings: { temperature: 0.2, max_tokens: 64, seed: 7, stop: '\n', n: 1 },
  endpoint: { address: 'llm.test', port: 8443, path: '/v1/chat/completions' }
} as const

export const answer = {
  id: 'chatcmpl-1',
  model: 'qwen3-0.6b',
  finishReasons: ['stop'],
  usage: { inputTokens: 20, outputTokens: 5, reasoningTokens: 2 },
  output: [
    { index: 0, message: { role: 'assistant', content: 'Five days.' }, finish_reason: 'stop' }
  ],
  timing: { durationMs: 1500, timeToFirstChunkMs: 250 }
}

/** The sealed records of some calls: by default one that completed. */
export async function recordsOf(
  run: (log: ReturnType<typeof memoryLog>['log']) => unknown = (log) =>
    log.open(chat).complete(answer),
  options: Partial<Omit<AuditLogOptions, 'journal'>> = {}
): Promise<readonly SealedRecord[]> {
  const { log, journal } = memoryLog({ service: 'bot', version: '1.2.3', ...options })
  await run(log)
  await log.flush()
  return journal.records
}

export const never = new AbortController().signal

/** Everything of one kind that arrived, flat, with attributes as plain objects. */
export function arrived(receiver: Receiver, kind: Kind): Json[] {
  return receiver.got.filter((each) => each.kind === kind).flatMap(({ body }) => flat(body, kind))
}

const LISTS = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics']
} as const

function flat(body: Body, kind: Kind): Json[] {
  const [outer, middle, inner] = LISTS[kind]
  return body[outer].flatMap((resourced: Json) =>
    resourced[middle].flatMap((scoped: Json) =>
      scoped[inner].map((item: Json) => ({
        ...item,
        attributes: plain(item.attributes),
        resource: plain(resourced.resource.attributes),
        scope: scoped.scope,
        schemaUrl: scoped.schemaUrl
      }))
    )
  )
}

/** OTLP's key-value lists as an object. */
export function plain(attributes: Json): Json {
  return Object.fromEntries((attributes ?? []).map(({ key, value }: Json) => [key, unwrap(value)]))
}

function unwrap(value: Json): Json {
  if (value?.arrayValue) return (value.arrayValue.values ?? []).map(unwrap)
  if (value?.kvlistValue) return plain(value.kvlistValue.values)
  if (value?.intValue !== undefined) return Number(value.intValue)
  return value?.stringValue ?? value?.doubleValue ?? value?.boolValue ?? null
}

/** What arrives at a receiver of the records that `run` makes. */
export async function exported(
  options: OtlpExporterOptions,
  run?: Parameters<typeof recordsOf>[0],
  log?: Parameters<typeof recordsOf>[1]
): Promise<{ spans: Json[]; events: Json[]; metrics: Json[]; records: readonly SealedRecord[] }> {
  await using receiver = await otlpReceiver()
  await using exporter = otlpExporter({ endpoint: receiver.url, ...options })
  const records = await recordsOf(run, log)
  const result = await exporter.export(records, never)
  if (result.status !== 'stored') throw result.error
  const [spans, events, metrics] = (['traces', 'logs', 'metrics'] as const).map((kind) =>
    arrived(receiver, kind)
  )
  return { spans: spans ?? [], events: events ?? [], metrics: metrics ?? [], records }
}
