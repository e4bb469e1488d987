import { type AuditRecord, type SealedRecord, toHex } from '@slm-audit/core/exporter'
import { compact, type Facts, readFacts, type Severity } from './facts.ts'
import { attest } from './ocsf-attestation.ts'

/** Versions of the schema that events are written for. */
export type OcsfVersion = '1.8.0' | '1.9.0-dev'

/** Options of `toOcsf`. */
export interface OcsfOptions {
  /** `1.8.0` unless given. `1.9.0-dev` adds the profile `record_integrity` and texts. */
  readonly version?: OcsfVersion
  /**
   * Whether the error's text goes with the event, and in 1.9 prompt and answer; false unless given.
   */
  readonly texts?: boolean
}

/** An OCSF event of class API Activity (6003), as a JSON object. */
export interface OcsfEvent {
  readonly [attribute: string]: unknown
}

const CATEGORY = 6
const CLASS = 6003
/** OCSF has no activity for asking a model: `Other`, which `activity_name` then names. */
const OTHER = 99

const SEVERITIES: { readonly [S in Severity]: readonly [id: number, name: string] } = {
  informational: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High']
}
const STATUSES = { success: [1, 'Success'], failure: [2, 'Failure'] } as const
const USER = 1
const ASSISTANT = 2

/**
 * A record as an event of the Open Cybersecurity Schema Framework: class API Activity with the
 * profiles `ai_operation` and `trace`, and in 1.9 `record_integrity`. What the schema has no place
 * for (settings, finish reasons, confidence, reasoning, the leaf) is under `unmapped`.
 * Source: schema.ocsf.io 1.8.0 and 1.9.0-dev.
 */
export function toOcsf(sealed: SealedRecord, options: OcsfOptions = {}): OcsfEvent {
  const { version = '1.8.0', texts = false } = options
  const facts = readFacts(sealed)
  const { record, operation, outcome, severity } = facts
  const [severityId, severityName] = SEVERITIES[severity]
  const [statusId, status] = outcome ? STATUSES[outcome] : []
  const isNew = version === '1.9.0-dev'
  const time = Date.parse(record.at)
  const event = compact({
    activity_id: OTHER,
    activity_name: operation,
    actor: actor(record),
    ai_model: aiModel(record),
    api: api(facts, texts),
    category_name: 'Application Activity',
    category_uid: CATEGORY,
    class_name: 'API Activity',
    class_uid: CLASS,
    dst_endpoint: endpoint(record),
    ...interval(record, time),
    http_response: record.outcome?.status && { code: record.outcome.status },
    message: facts.message,
    message_context: messageContext(facts, texts && isNew),
    metadata: metadata(sealed, facts, version),
    severity: severityName,
    severity_id: severityId,
    src_endpoint: compact({
      hostname: record.host?.name,
      name: record.host?.instance ?? record.log.origin,
      svc_name: record.service?.name
    }),
    status,
    status_code: record.outcome?.code,
    status_detail: record.outcome?.type,
    status_id: statusId,
    time,
    timezone_offset: 0,
    trace: record.trace && { uid: record.trace.traceId },
    type_name: 'API Activity: Other',
    type_uid: CLASS * 100 + OTHER,
    unmapped: unmapped(sealed, record)
  })
  return isNew ? attest(event, sealed, record) : event
}

function actor({ service, context }: AuditRecord) {
  return compact({
    app_name: service?.name ?? 'unknown',
    session: context?.session === undefined ? undefined : { uid: context.session },
    user: context?.user === undefined ? undefined : { uid: context.user }
  })
}

function aiModel({ call, response, model }: AuditRecord) {
  const name = response?.model ?? call?.model ?? model?.name
  if (call === undefined || name === undefined) return undefined
  return compact({
    ai_provider: call.provider,
    name,
    uid: model?.digest,
    version: model?.revision ?? response?.fingerprint
  })
}

function api({ record, operation, text }: Facts, texts: boolean) {
  const { auditId, call, response, outcome } = record
  const code = outcome?.status
  const message = texts ? text('error') : undefined
  return compact({
    operation,
    request: { uid: auditId },
    response: compact({ code, error: outcome?.type, error_message: message }),
    service: call && { name: call.provider, ...(response?.id && { uid: response.id }) }
  })
}

function endpoint({ call }: AuditRecord) {
  const { endpoint: at } = call ?? {}
  if (at === undefined) return undefined
  const isAddress = /^[\d.]+$|:/.test(at.address)
  return compact({ [isAddress ? 'ip' : 'hostname']: at.address, port: at.port })
}

function interval({ timing }: AuditRecord, end: number) {
  if (timing === undefined) return {}
  const duration = Math.round(timing.durationMs)
  return { duration, end_time: end, start_time: end - duration }
}

function messageContext({ record, text }: Facts, texts: boolean) {
  const { call, context, response, service, stage } = record
  if (call === undefined) return undefined
  const usage = response?.usage
  return compact({
    ai_role_id: stage === 'received' ? USER : ASSISTANT,
    completion_tokens: usage?.outputTokens,
    prompt_text: texts ? text('input') : undefined,
    prompt_tokens: usage?.inputTokens,
    response_text: texts ? text('output') : undefined,
    service: compact({ name: service?.name ?? 'unknown', version: service?.version }),
    total_tokens: usage?.totalTokens,
    uid: context?.conversation ?? context?.session
  })
}

function metadata(sealed: SealedRecord, { record, uid }: Facts, version: OcsfVersion) {
  const { auditId, call, context, log, trace } = record
  const profiles = [
    ...(call ? ['ai_operation'] : []),
    ...(trace ? ['trace'] : []),
    ...(version === '1.9.0-dev' ? ['record_integrity'] : [])
  ]
  return compact({
    correlation_uid: auditId,
    log_name: log.origin,
    log_version: String(record.schema),
    original_time: record.at,
    product: compact({
      name: 'slm-audit',
      vendor_name: 'slm-audit',
      version: record.sdk?.version
    }),
    profiles,
    sequence: sealed.index,
    tags: tagsOf(context?.tags),
    tenant_uid: context?.tenant,
    uid,
    version
  })
}

function tagsOf(tags: NonNullable<AuditRecord['context']>['tags']) {
  return Object.entries(tags ?? {}).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value)
  }))
}

function unmapped({ leafHash }: SealedRecord, record: AuditRecord) {
  const { stage, kind, parent, call, response, confidence, reasoning, outcome, event } = record
  const { usage, finishReasons } = response ?? {}
  return compact({
    cache_read_tokens: usage?.cacheReadTokens,
    confidence,
    ended_by: outcome?.by,
    event,
    finish_reasons: finishReasons,
    kind,
    leaf_hash: toHex(leafHash),
    parent_uid: parent,
    reasoning,
    reasoning_tokens: usage?.reasoningTokens,
    settings: call?.settings,
    stage
  })
}
