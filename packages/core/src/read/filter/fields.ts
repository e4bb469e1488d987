import { isObject } from '../../base/json.ts'
import type { AuditRecord } from '../../record/record.ts'
import { confidenceOf, listOf, named, totalTokens } from './field-reads.ts'

/** What a number of a field is: milliseconds, a count, or a share from 0 to 1. */
export type NumberUnit = 'ms' | 'count' | 'share'

interface TextFieldRule {
  readonly type: 'text'
  /** What it is, in a few words, for help and completion. */
  readonly about: string
  readonly example: string
  /** Other names that people type. */
  readonly aliases?: readonly string[]
  /** The values that a call has, from the header of its newest record. */
  readonly read: (header: AuditRecord) => readonly unknown[]
}

interface NumberFieldRule {
  readonly type: 'number'
  readonly unit: NumberUnit
  readonly about: string
  readonly example: string
  readonly aliases?: readonly string[]
  readonly read: (header: AuditRecord) => number | undefined
}

interface TimeFieldRule {
  readonly type: 'time'
  readonly about: string
  readonly example: string
  readonly aliases?: readonly string[]
}

/** Stages as a filter names them, the first as they are most asked for. */
export const STAGES = [
  'complete',
  'error',
  'cancelled',
  'received',
  'abandoned',
  'denied',
  'event'
] as const

/**
 * The fields of the filter language, in the order of help: what each is, and what of a record it is
 * read from. Every store reads them by this table, so that a filter means the same everywhere.
 */
export const FIELDS = {
  model: {
    type: 'text',
    about: 'the model asked for, or the one that answered',
    example: 'model:qwen*',
    read: ({ call, response }) => [call?.model, response?.model]
  },
  stage: {
    type: 'text',
    about: `how it ended: ${STAGES.join(', ')}; open is received`,
    example: 'stage:error,cancelled',
    read: ({ stage }) => [stage]
  },
  user: {
    type: 'text',
    about: 'the user of the context',
    example: 'user:u-7',
    read: ({ context }) => [context?.user]
  },
  session: {
    type: 'text',
    about: 'the session of the context',
    example: 'session:S-42',
    read: ({ context }) => [context?.session]
  },
  tenant: {
    type: 'text',
    about: 'the tenant of the context',
    example: 'tenant:nord',
    read: ({ context }) => [context?.tenant]
  },
  tag: {
    type: 'text',
    about: 'a tag of the context: tag.tier:gold, or tag:tier for any value',
    example: 'tag.tier:gold',
    aliases: ['tags'],
    read: () => []
  },
  since: {
    type: 'time',
    about: 'received from then on: 2h, 3d, yesterday, 2026-01-31, 2026-01-31T08:00Z',
    example: 'since:2h',
    aliases: ['after', 'from']
  },
  until: {
    type: 'time',
    about: 'received before then',
    example: 'until:yesterday',
    aliases: ['before', 'to']
  },
  took: {
    type: 'number',
    unit: 'ms',
    about: 'from the call to its end',
    example: 'took:>2s',
    aliases: ['duration', 'durationMs', 'latency'],
    read: ({ timing }) => timing?.durationMs
  },
  first: {
    type: 'number',
    unit: 'ms',
    about: 'from the call to the first piece of the answer',
    example: 'first:>500ms',
    aliases: ['ttft', 'firstChunk', 'timeToFirstChunkMs'],
    read: ({ timing }) => timing?.timeToFirstChunkMs
  },
  tokens: {
    type: 'number',
    unit: 'count',
    about: 'tokens of the request and the answer',
    example: 'tokens:>1000',
    aliases: ['totalTokens'],
    read: ({ response }) => totalTokens(response?.usage)
  },
  inputTokens: {
    type: 'number',
    unit: 'count',
    about: 'tokens of the request',
    example: 'inputTokens:>4k',
    aliases: ['tokens.in', 'tokensIn', 'input'],
    read: ({ response }) => response?.usage?.inputTokens
  },
  outputTokens: {
    type: 'number',
    unit: 'count',
    about: 'tokens of the answer',
    example: 'outputTokens:<5',
    aliases: ['tokens.out', 'tokensOut', 'output'],
    read: ({ response }) => response?.usage?.outputTokens
  },
  confidence: {
    type: 'number',
    unit: 'share',
    about: 'mean probability of the tokens, or the highest score of a classifier',
    example: 'confidence:<0.7',
    aliases: ['sure'],
    read: confidenceOf
  },
  error: {
    type: 'text',
    about: 'type of the error, or who ended a call that was cancelled',
    example: 'error:APIError',
    aliases: ['errorType'],
    read: ({ outcome }) => [outcome?.type ?? outcome?.by]
  },
  status: {
    type: 'text',
    about: 'HTTP status of an error',
    example: 'status:429',
    read: ({ outcome }) => [outcome?.status]
  },
  finish: {
    type: 'text',
    about: 'why the answer ended: stop, length, tool_calls, content_filter, …',
    example: 'finish:length',
    aliases: ['finishReason'],
    read: ({ response }) => listOf(response?.finish)
  },
  tool: {
    type: 'text',
    about: 'the tool that ran, or one that the model asked for',
    example: 'tool:search',
    read: ({ kind, call, response }) => [
      kind === 'tool' ? call?.name : undefined,
      ...listOf(response?.toolCalls).map((asked) => (isObject(asked) ? asked.name : undefined))
    ]
  },
  prompt: {
    type: 'text',
    about: 'a prompt that the provider keeps: its name, or name@version',
    example: 'prompt:refund@3',
    read: ({ call }) => named(call?.prompt)
  },
  annotation: {
    type: 'text',
    about:
      'what was said of it: feedback, review, score, incident, ticket, guardrail, note, …; annotation.incident:INC-7, or incident:INC-7',
    example: 'annotation.review:rejected',
    aliases: ['annotations', 'annotated'],
    read: () => []
  },
  score: {
    type: 'number',
    unit: 'count',
    about: 'a score that an annotation gives: score.helpful:<0.5, or score for any',
    example: 'score.helpful:<0.5',
    aliases: ['scores'],
    read: () => undefined
  },
  kind: {
    type: 'text',
    about: 'call, tool, step, annotation, …',
    example: 'kind:tool',
    read: ({ kind }) => [kind]
  },
  operation: {
    type: 'text',
    about: 'chat, text_completion, embeddings, …',
    example: 'operation:embeddings',
    aliases: ['op'],
    read: ({ call }) => [call?.operation]
  },
  provider: {
    type: 'text',
    about: 'who serves the model',
    example: 'provider:ollama',
    read: ({ call }) => [call?.provider]
  },
  service: {
    type: 'text',
    about: 'the application',
    example: 'service:support-bot',
    read: ({ service }) => [service?.name]
  },
  version: {
    type: 'text',
    about: 'the version of the application',
    example: 'version:2.4.0',
    read: ({ service }) => [service?.version]
  },
  environment: {
    type: 'text',
    about: 'where the application runs',
    example: 'environment:prod',
    aliases: ['env'],
    read: ({ service }) => [service?.environment]
  },
  phase: {
    type: 'text',
    about: 'dev, eval, staging or prod',
    example: 'phase:prod',
    read: ({ service }) => [service?.phase]
  },
  parent: {
    type: 'text',
    about: 'auditId of the call or step around it',
    example: 'parent:0198c0de*',
    read: ({ parent }) => [parent]
  }
} as const satisfies {
  readonly [name: string]: TextFieldRule | NumberFieldRule | TimeFieldRule
}

type Rules = typeof FIELDS

/** The name of a field of the filter language. */
export type FieldName = keyof Rules

/** A field that is compared with texts. */
export type TextField = FieldsOf<'text'>

/** A field that is compared with numbers. */
export type NumberField = FieldsOf<'number'>

/** A field that is compared with the time of receipt. */
export type TimeField = FieldsOf<'time'>

type FieldsOf<Type> = {
  [Name in FieldName]: Rules[Name] extends { readonly type: Type } ? Name : never
}[FieldName]

/** Fields that have parts: `tag.tier:gold`. */
export const PARTED: readonly FieldName[] = ['tag', 'annotation', 'score']

/** The names of all fields, in the order of help. */
export const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[]

/** The fields that are compared with texts. */
export const TEXT_FIELDS = FIELD_NAMES.filter(isTextField)

/** The fields that are compared with numbers. */
export const NUMBER_FIELDS = FIELD_NAMES.filter(
  (name): name is NumberField => FIELDS[name].type === 'number'
)

function isTextField(name: FieldName): name is TextField {
  return FIELDS[name].type === 'text'
}
