import {
  ATTEMPT_FIELDS,
  CONFIDENCE_FIELDS,
  OUTCOME_FIELDS,
  REASONING_FIELDS,
  RESPONSE_FIELDS,
  TIMING_FIELDS
} from './answer-fields.ts'
import { CALL_FIELDS, CONTEXT_FIELDS, MODEL_FIELDS } from './call-fields.ts'
import {
  count,
  digest,
  type Fields,
  group,
  id,
  instant,
  items,
  list,
  map,
  measure,
  NEEDED,
  name,
  text,
  word
} from './field.ts'

/** The version of the table that records are written by. */
export const SCHEMA = 2

/** Where a call stands. Every call ends in exactly one stage other than `received`. */
const STAGES = [
  'received',
  'denied',
  'complete',
  'error',
  'cancelled',
  'abandoned',
  'event'
] as const

/** What happened to a field or content that is not stored as it was given. */
export const ALTERATIONS = [
  'truncated',
  'replaced',
  'moved',
  'masked',
  'erased',
  'digested',
  'encrypted',
  'unread'
] as const

/** How much of a call a policy records, from nothing to all of it; named as in Kubernetes audit policies. */
export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const

/** One of `altered`. */
const ALTERATION_FIELDS = {
  pointer: text('JSON Pointer (RFC 6901) into the record or its contents', NEEDED),
  what: word(ALTERATIONS, 'what happened', NEEDED),
  bytes: count('size before'),
  reason: text('why'),
  detector: name('what found it'),
  operator: name('what the policy did with it'),
  count: count('how many values')
} as const satisfies Fields

/** One of `log.contents`. */
const COMMITMENT_FIELDS = {
  bytes: count('size of the content', NEEDED),
  commitment: digest(
    'SHA-256 of the salt followed by the content; of one in parts, the head of their chain',
    NEEDED
  ),
  parts: count('of how many parts the content is; absent for one that is whole'),
  at: count('where in the first part the others belong, in bytes; absent for a list alone'),
  type: text('media type', NEEDED)
} as const satisfies Fields

const SERVICE_FIELDS = {
  name: text('name of the application'),
  version: text('version of the application'),
  environment: text('where it runs'),
  phase: text('`dev`, `eval`, `staging` or `prod`')
} as const satisfies Fields

const HOST_FIELDS = {
  name: text('host name'),
  pid: count('process id'),
  runtime: text('name and version of the JavaScript runtime'),
  platform: text('operating system and architecture'),
  instance: text('one opening of one log', NEEDED)
} as const satisfies Fields

const SYSTEM_FIELDS = {
  rss: count('resident memory of the process in bytes'),
  heapUsed: count('used heap in bytes'),
  cpu: measure('share of one core since the last sample'),
  eventLoopUtilization: measure('share of the time that the event loop was busy'),
  freeMemory: count('free memory of the machine in bytes'),
  loadAverage: measure('load of the machine in the last minute'),
  openCalls: count('calls that had not ended', NEEDED)
} as const satisfies Fields

const POLICY_FIELDS = {
  digest: digest('SHA-256 of the policy as canonical JSON', NEEDED),
  rule: name('name of the rule that decided', NEEDED),
  level: word(LEVELS, 'how much of the call is recorded', NEEDED),
  retention: name('name of a class of retention')
} as const satisfies Fields

/** All fields of a record's header. */
export const RECORD_FIELDS = {
  schema: word([SCHEMA], 'version of this table', NEEDED),
  kind: name(
    '`call`, `tool`, `step` (what groups calls: a chain, an agent), `annotation`, `gap`, `log.opened`, `key.added`, …',
    NEEDED
  ),
  stage: word(
    STAGES,
    '`received`, then `complete`, `error`, `cancelled` or `abandoned`; `denied` where a policy forbade the call; `event` for records that are not calls',
    NEEDED
  ),
  auditId: text('UUID version 7, shared by the records of one call', NEEDED),
  at: instant('wall clock of this stage, UTC; never used for order', NEEDED),
  parent: id(
    '`auditId` of the call or step around this one; of a tool, the call that asked for it'
  ),
  trace: group(
    {
      traceId: id('id of the trace: 32 hexadecimal digits', NEEDED),
      spanId: id('id of the span: 16 hexadecimal digits', NEEDED)
    },
    'W3C ids of the span that the call was made in, or, with `call.source`, of the span that it was read from',
    { as: 'SpanIds' }
  ),
  service: group(SERVICE_FIELDS, 'the application, as it declares itself', { as: 'ServiceFacts' }),
  host: group(HOST_FIELDS, 'the process and its machine', { as: 'HostFacts' }),
  sdk: group({ name: text('its name', NEEDED), version: text('its version') }, 'slm-audit itself', {
    as: 'SdkFacts'
  }),
  context: group(CONTEXT_FIELDS, 'what the application declares with `withContext`', {
    as: 'AuditContext',
    isOpenIn1: true
  }),
  call: group(CALL_FIELDS, 'the request, as sent', { as: 'CallFacts' }),
  model: group(MODEL_FIELDS, 'the weights and the runtime of a local model', {
    as: 'ModelIdentity'
  }),
  response: group(RESPONSE_FIELDS, 'facts about the answer', { as: 'ResponseFacts' }),
  confidence: group(CONFIDENCE_FIELDS, 'how sure the model was; logarithms are natural', {
    as: 'ConfidenceSummary'
  }),
  reasoning: group(REASONING_FIELDS, 'where and how the model showed its reasoning', {
    as: 'ReasoningMarkers'
  }),
  attempts: list(
    items(ATTEMPT_FIELDS, 'Attempt'),
    'one entry an attempt on the wire, where there were several'
  ),
  outcome: group(OUTCOME_FIELDS, 'why the call did not end in an answer', { as: 'Outcome' }),
  timing: group(TIMING_FIELDS, 'durations from a monotonic clock', { as: 'Timing' }),
  system: group(SYSTEM_FIELDS, 'the process at the moment of the call', { as: 'SystemState' }),
  policy: group(POLICY_FIELDS, 'the policy that decided what is recorded', { as: 'PolicyMark' }),
  event: map({ is: 'json' }, 'what a record that is not a call says'),
  altered: list(
    items(ALTERATION_FIELDS, 'Alteration'),
    'what is not stored as it was given: where, what happened, why'
  ),
  log: group(
    {
      contents: map(
        items(COMMITMENT_FIELDS, 'Commitment'),
        'the commitment to each content, by name, which stays when the content goes',
        NEEDED
      ),
      index: count('leaf index: the order of the log', NEEDED),
      origin: text('name of the log', NEEDED),
      sealedAt: instant(
        'when it came into the log, UTC, where that is long after it happened, as after a kill; absent for all others'
      )
    },
    'what the journal adds: order, origin and commitments',
    { ...NEEDED, as: 'LogPlace' }
  )
} as const satisfies Fields

/** Members that may be moved out of a header that is too large, whole, into contents `header.<name>`. */
export const MOVABLE = [
  'context',
  'call',
  'response',
  'reasoning',
  'event',
  'confidence',
  'attempts',
  'model'
] as const satisfies readonly (keyof typeof RECORD_FIELDS)[]
