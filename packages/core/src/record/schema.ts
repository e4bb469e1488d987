import { z } from 'zod'

const text = z.string()
const count = z.int().nonnegative()
const milliseconds = z.number().nonnegative()
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const anything = z.json()

/** What happened to a field or content that is not stored as it was given. */
export const alterationSchema = z.strictObject({
  pointer: text.describe('JSON Pointer (RFC 6901) into the record or its contents'),
  what: z.enum(['truncated', 'replaced', 'moved', 'masked', 'erased', 'digested', 'unread']),
  bytes: count.optional().describe('size before the alteration'),
  reason: text.optional()
})

/** Names of people and things around the call, set by `withContext`. */
export const contextSchema = z.strictObject({
  user: text.optional().describe('a pseudonymous id, not a name or an address'),
  session: text.optional(),
  conversation: text.optional(),
  tenant: text.optional(),
  tags: z.record(z.string(), anything).optional()
})

/** The request, as sent. Nothing here is a default that nobody sent. */
export const callSchema = z.strictObject({
  operation: text.describe('gen_ai.operation.name: chat, text_completion, embeddings, …'),
  provider: text.describe('gen_ai.provider.name'),
  name: text.optional().describe('of a tool or step'),
  toolCallId: text.optional().describe('the id under which a model asked for the tool'),
  server: z
    .strictObject({ name: text, version: text.optional() })
    .optional()
    .describe('that a tool or resource is of'),
  model: text.optional().describe('the model asked for'),
  protocol: text.optional().describe('the wire format or method that was read'),
  endpoint: z
    .strictObject({ address: text, port: count.optional(), path: text.optional() })
    .optional(),
  stream: z.boolean().optional(),
  settings: z.record(z.string(), anything).optional().describe('sampling and other parameters'),
  prompt: z.strictObject({ name: text, version: text.optional() }).optional(),
  tools: z.array(text).optional().describe('names of the tools offered'),
  client: z.strictObject({ name: text, version: text.optional() }).optional(),
  source: text.optional().describe('set when the record was read from another instrumentation')
})

/** The weights and the runtime of a local model: what a bit-exact replay needs. */
export const modelSchema = z.strictObject({
  name: text.optional(),
  file: text.optional().describe('base name of the weights file'),
  digest: digest.optional().describe('SHA-256 of the weights file'),
  source: text.optional().describe('where the weights come from: an address or a repository'),
  revision: text.optional(),
  format: text.optional(),
  architecture: text.optional(),
  parameters: count.optional(),
  quantization: text.optional(),
  contextSize: count.optional(),
  chatTemplateDigest: digest.optional(),
  adapters: z.array(anything).optional().describe('LoRA adapters with their scale'),
  runtime: z.record(z.string(), text).optional().describe('runtime names and versions or builds'),
  device: text.optional(),
  threads: count.optional(),
  seed: z.number().optional(),
  files: z.record(z.string(), text).optional().describe('digest by file name')
})

/** Token counts, named alike for all providers, and the provider's own object beside them. */
export const usageSchema = z.strictObject({
  inputTokens: count.optional(),
  outputTokens: count.optional(),
  totalTokens: count.optional(),
  cacheReadTokens: count.optional(),
  cacheWriteTokens: count.optional(),
  reasoningTokens: count.optional(),
  audioInputTokens: count.optional(),
  audioOutputTokens: count.optional(),
  raw: anything.optional().describe('as answered')
})

/** The answer's own facts; its text is a content. */
export const responseSchema = z.strictObject({
  id: text.optional(),
  requestId: text.optional(),
  model: text.optional().describe('the model that answered'),
  fingerprint: text.optional(),
  finishReasons: z.array(text).optional().describe('as answered, one a choice'),
  finish: z
    .array(
      z.enum([
        'stop',
        'length',
        'tool_calls',
        'content_filter',
        'cancelled',
        'pause',
        'error',
        'other'
      ])
    )
    .optional()
    .describe('finishReasons, named alike for all providers'),
  usage: usageSchema.optional(),
  toolCalls: z.array(z.strictObject({ id: text.optional(), name: text })).optional(),
  details: z.record(z.string(), anything).optional().describe('provider-specific facts')
})

/** How sure the model was; logarithms are natural. */
export const confidenceSchema = z.strictObject({
  tokens: count.optional(),
  meanLogprob: z.number().optional(),
  minLogprob: z.number().optional(),
  perplexity: z.number().optional(),
  scores: z.array(z.strictObject({ label: text, score: z.number() })).optional()
})

/** Where and how the model showed its reasoning; the reasoning's text is a content. */
export const reasoningSchema = z.strictObject({
  source: text.describe('the field, block or tag that carried it'),
  tokens: count.optional(),
  characters: count.optional(),
  blocks: count.optional(),
  spans: z
    .array(
      z.strictObject({
        message: count.describe('index of the message or block in the answer'),
        part: count.optional().describe('index of the block in the message'),
        start: count.optional().describe('first UTF-16 code unit in the text, between tags'),
        end: count.optional().describe('behind the last one')
      })
    )
    .optional()
    .describe('where the reasoning stands in the output'),
  signatures: z.array(text).optional(),
  encrypted: z.boolean().optional()
})

/** One attempt at the call on the wire. */
export const attemptSchema = z.strictObject({
  durationMs: milliseconds,
  status: count.optional(),
  requestId: text.optional(),
  retryAfterMs: milliseconds.optional(),
  error: text.optional().describe('type of the error; its message is the content `error`')
})

/** Why the call did not end in an answer. */
export const outcomeSchema = z.strictObject({
  status: count.optional().describe('HTTP status'),
  by: z
    .enum(['signal', 'consumer', 'timeout', 'exit', 'crash', 'unread', 'policy'])
    .optional()
    .describe('who ended a call that was cancelled or abandoned'),
  type: text.optional(),
  code: text.optional(),
  retryAfterMs: milliseconds.optional(),
  causes: z.array(text).optional().describe('types and codes of the causes, outermost first')
})

/** Durations in milliseconds from a monotonic clock. */
export const timingSchema = z.strictObject({
  durationMs: milliseconds,
  timeToFirstChunkMs: milliseconds.optional(),
  chunks: count.optional(),
  tokensPerSecond: z.number().nonnegative().optional()
})

/** The process at the moment of the call. */
export const systemSchema = z.strictObject({
  rss: count.optional().describe('bytes'),
  heapUsed: count.optional().describe('bytes'),
  cpu: z.number().nonnegative().optional().describe('share of one core since the last sample'),
  eventLoopUtilization: z.number().nonnegative().optional(),
  freeMemory: count.optional().describe('bytes'),
  loadAverage: z.number().nonnegative().optional(),
  openCalls: count
})

/** A content's entry in the header: the commitment that stays when the content goes. */
export const commitmentSchema = z.strictObject({
  bytes: count,
  commitment: digest.describe('SHA-256 of salt followed by the content'),
  type: text.describe('media type')
})

/** What the journal adds: order, origin, and the commitments to the contents. */
export const logSchema = z.strictObject({
  contents: z.record(z.string(), commitmentSchema),
  index: count.describe('leaf index: the order of the log'),
  origin: text
})

/**
 * One audit record: the canonical header that is a leaf of the log. See docs/record-format.md.
 * Absent means unknown; nothing is guessed.
 */
export const auditRecordSchema = z.strictObject({
  schema: z.literal(2),
  kind: text.describe('call, tool, step, annotation, gap, log.opened, log.closed, key.added, …'),
  stage: z.enum(['received', 'denied', 'complete', 'error', 'cancelled', 'abandoned', 'event']),
  auditId: text,
  at: z.iso.datetime({ precision: 3 }).describe('wall clock, UTC; never used for order'),
  parent: text.optional().describe('auditId of the call or step that this belongs to'),
  trace: z.strictObject({ traceId: text, spanId: text }).optional().describe('W3C ids'),
  service: z
    .strictObject({
      name: text.optional(),
      version: text.optional(),
      environment: text.optional(),
      phase: text.optional()
    })
    .optional(),
  host: z
    .strictObject({
      name: text.optional(),
      pid: count.optional(),
      runtime: text.optional(),
      platform: text.optional(),
      instance: text.describe('one opening of one log')
    })
    .optional(),
  sdk: z.strictObject({ name: text, version: text }).optional(),
  context: contextSchema.optional(),
  call: callSchema.optional(),
  model: modelSchema.optional(),
  response: responseSchema.optional(),
  confidence: confidenceSchema.optional(),
  reasoning: reasoningSchema.optional(),
  attempts: z.array(attemptSchema).optional(),
  outcome: outcomeSchema.optional(),
  timing: timingSchema.optional(),
  system: systemSchema.optional(),
  event: z.record(z.string(), anything).optional().describe('what a record that is no call says'),
  altered: z.array(alterationSchema).optional(),
  log: logSchema
})

/** The JSON Schema (draft 2020-12) of an audit record, made from the zod schema. */
export function auditRecordJsonSchema(): object {
  return {
    $id: 'https://slm-audit.dev/schema/record-2.json',
    title: 'slm-audit record',
    ...z.toJSONSchema(auditRecordSchema)
  }
}
