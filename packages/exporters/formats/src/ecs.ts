import { type AuditRecord, type SealedRecord, toHex } from '@slm-audit/core/exporter'
import { compact, type Facts, readFacts, type Severity } from './facts.ts'

/** Versions of the schema that documents are written for. */
export type EcsVersion = '9.4.0' | '9.5.0-dev'

/** Options of `toEcs`. */
export interface EcsOptions {
  /** `9.4.0` unless given. In `9.5.0-dev` `gen_ai.system` is `gen_ai.provider.name`. */
  readonly version?: EcsVersion
  /**
   * Whether the error's text goes with the document, and from 9.5 on prompt and answer; false
   * unless given.
   */
  readonly texts?: boolean
}

/** A document of the Elastic Common Schema with nested fields. */
export interface EcsDocument {
  readonly [field: string]: unknown
}

/** `event.severity` is free of meaning in ECS; these are the numbers that Elastic's rules use. */
const SEVERITIES: { readonly [S in Severity]: number } = {
  informational: 21,
  low: 21,
  medium: 47,
  high: 73
}

/** Settings as clients send them, by the field that ECS has for them. */
const SETTINGS: { readonly [field: string]: readonly string[] } = {
  frequency_penalty: ['frequency_penalty', 'frequencyPenalty'],
  max_tokens: [
    'max_tokens',
    'max_completion_tokens',
    'max_output_tokens',
    'max_new_tokens',
    'maxOutputTokens',
    'maxTokens',
    'num_predict'
  ],
  presence_penalty: ['presence_penalty', 'presencePenalty'],
  seed: ['seed'],
  temperature: ['temperature'],
  top_k: ['top_k', 'topK'],
  top_p: ['top_p', 'topP']
}

/**
 * A record as a document of the Elastic Common Schema: `gen_ai.*` for the call (beta fields of ECS
 * 9), `event.*` for what happened, `slm_audit.*` for what the schema has no field for.
 * Source: elastic/ecs 9.4.0 and main, generated/ecs/ecs_flat.yml.
 */
export function toEcs(sealed: SealedRecord, options: EcsOptions = {}): EcsDocument {
  const { version = '9.4.0', texts = false } = options
  const facts = readFacts(sealed)
  const { record } = facts
  const { context, host, service, trace } = record
  return compact({
    '@timestamp': record.at,
    ecs: { version },
    error: errorOf(facts, texts),
    event: eventOf(sealed, facts),
    gen_ai: genAi(facts, version, texts),
    host: compact({ hostname: host?.name }),
    http: record.outcome?.status && { response: { status_code: record.outcome.status } },
    labels: labelsOf(context?.tags),
    message: facts.message,
    observer: compact({
      product: 'slm-audit',
      type: 'audit-log',
      vendor: 'slm-audit',
      version: record.sdk?.version
    }),
    organization: compact({ id: context?.tenant }),
    process: compact({ pid: host?.pid }),
    server: record.call?.endpoint && {
      address: record.call.endpoint.address,
      ...(record.call.endpoint.port !== undefined && { port: record.call.endpoint.port })
    },
    service: compact({
      environment: service?.environment,
      name: service?.name,
      version: service?.version
    }),
    slm_audit: ownFields(sealed, record),
    span: trace && { id: trace.spanId },
    trace: trace && { id: trace.traceId },
    user: compact({ id: context?.user })
  })
}

function eventOf(sealed: SealedRecord, { record, uid, operation, outcome, severity }: Facts) {
  const { stage, timing } = record
  const end = Date.parse(record.at)
  const began = timing && new Date(end - Math.round(timing.durationMs)).toISOString()
  const type =
    stage === 'received'
      ? ['access', 'start']
      : stage === 'event'
        ? ['info']
        : ['access', 'end', ...(outcome === 'failure' ? ['error'] : [])]
  return compact({
    action: operation,
    category: ['api'],
    dataset: 'slm_audit.record',
    // Nanoseconds, as the schema says.
    duration: timing && Math.round(timing.durationMs * 1e6),
    end: timing && record.at,
    id: uid,
    kind: 'event',
    module: 'slm_audit',
    outcome: outcome ?? 'unknown',
    provider: record.log.origin,
    reason: record.outcome?.by,
    sequence: sealed.index,
    severity: SEVERITIES[severity],
    start: began,
    type
  })
}

function errorOf({ record, text }: Facts, texts: boolean) {
  const { outcome } = record
  return compact({
    code: outcome?.code,
    message: texts ? text('error') : undefined,
    type: outcome?.type
  })
}

function genAi({ record, text }: Facts, version: EcsVersion, withTexts: boolean) {
  const { call, response } = record
  if (call === undefined) return undefined
  const settings = call.settings ?? {}
  const request: { [field: string]: unknown } = { model: call.model }
  for (const [field, names] of Object.entries(SETTINGS)) {
    const name = names.find((each) => typeof settings[each] === 'number')
    if (name !== undefined) request[field] = settings[name]
  }
  const isNew = version === '9.5.0-dev'
  const texts = isNew && withTexts
  return compact({
    input: compact({ messages: texts ? messages('user', text('input')) : undefined }),
    operation: { name: call.operation },
    output: compact({ messages: texts ? messages('assistant', text('output')) : undefined }),
    provider: isNew ? { name: call.provider } : undefined,
    request: compact(request),
    response: compact({
      id: response?.id,
      model: response?.model
    }),
    system: isNew ? undefined : call.provider,
    usage: compact({
      input_tokens: response?.usage?.inputTokens,
      output_tokens: response?.usage?.outputTokens
    })
  })
}

/** The shape of messages in the GenAI conventions, which ECS took over. */
function messages(role: string, content: string | undefined) {
  return content === undefined ? undefined : [{ role, parts: [{ type: 'text', content }] }]
}

/** `labels` holds keywords only. */
function labelsOf(tags: NonNullable<AuditRecord['context']>['tags']) {
  const labels = Object.entries(tags ?? {}).map(([name, value]) => [
    name.replaceAll('.', '_'),
    typeof value === 'string' ? value : JSON.stringify(value)
  ])
  return Object.fromEntries(labels) as { readonly [name: string]: string }
}

function ownFields({ leafHash }: SealedRecord, record: AuditRecord) {
  const { auditId, confidence, context, event, kind, model, parent, response, stage } = record
  return compact({
    audit_id: auditId,
    confidence,
    event,
    // ECS types gen_ai.response.finish_reasons as nested objects, which reasons are not.
    finish_reasons: response?.finishReasons,
    kind,
    leaf_hash: toHex(leafHash),
    model,
    parent_id: parent,
    reasoning: record.reasoning,
    session: context?.session,
    stage,
    time_to_first_chunk_ms: record.timing?.timeToFirstChunkMs
  })
}
