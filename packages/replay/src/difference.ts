import { canonicalize } from '@slm-audit/core/adapter'
import { type AuditedCall, asChat, textOf } from '@slm-audit/core/reader'

/** What tells one running of a local model from another: two answers may differ where one of these does. */
const IDENTITY = [
  'digest',
  'file',
  'quantization',
  'chatTemplateDigest',
  'contextSize',
  'adapters',
  'runtime',
  'device',
  'threads',
  'seed'
] as const

/** Something that was different when a call was made again. */
export interface Changed {
  /** `model`, a member of the model's identity, or the name of a setting. */
  readonly what: string
  /** As it was recorded. */
  readonly before: string
  /** As it is now. */
  readonly after: string
}

/** How a call that was made again differs from the recorded one. */
export interface Difference {
  /** Whether both ended alike, and the answers are the same byte for byte; between formats, word for word. */
  readonly isIdentical: boolean
  /**
   * Whether the same bytes were to be expected: the same weights, and all that is known of the model and the
   * settings is alike, and a seed or a temperature of 0 says that nothing was left to chance.
   */
  readonly isExpected: boolean
  /** The text of the recorded answer, or of its error. */
  readonly before: string
  /** The text of the new one. */
  readonly after: string
  /** What was different beside the answer; empty where nothing is known to be. */
  readonly changed: readonly Changed[]
  /** How long both took, in milliseconds; `undefined` where unknown. */
  readonly durationMs: readonly [number | undefined, number | undefined]
  /** Tokens of both answers; `undefined` where unknown. */
  readonly outputTokens: readonly [number | undefined, number | undefined]
}

/** Compares a call with the one that repeats it. */
export function differenceOf(recorded: AuditedCall, again: AuditedCall): Difference {
  const changed = changedIn(recorded, again)
  const { digest } = recorded.record.model ?? {}
  const isRepeatable = digest !== undefined && isCertain(again)
  return {
    isIdentical: recorded.stage === again.stage && isSameAnswer(recorded, again),
    isExpected: isRepeatable && changed.length === 0,
    before: wordsOf(recorded),
    after: wordsOf(again),
    changed,
    durationMs: [recorded.record.timing?.durationMs, again.record.timing?.durationMs],
    outputTokens: [
      recorded.record.response?.usage?.outputTokens,
      again.record.response?.usage?.outputTokens
    ]
  }
}

function changedIn({ record: one }: AuditedCall, { record: other }: AuditedCall): Changed[] {
  const pairs: Pair[] = [
    ['model', one.call?.model, other.call?.model],
    ...settingsIn(one.call?.settings, other.call?.settings),
    ...IDENTITY.map((name): Pair => [name, one.model?.[name], other.model?.[name]])
  ]
  return pairs.flatMap(([what, before, after]) => {
    // What one of them does not say cannot be told to differ.
    if (before === undefined || after === undefined) return []
    const [was, is] = [shown(before), shown(after)]
    return was === is ? [] : [{ what, before: was, after: is }]
  })
}

type Pair = [what: string, before: unknown, after: unknown]

/** Settings by name; one that is given on one side alone is nothing on the other. */
function settingsIn(before: object = {}, after: object = {}): Pair[] {
  const [was, is] = [before, after] as readonly { readonly [name: string]: unknown }[]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  names.delete('stream')
  return [...names].map((name) => [name, was?.[name] ?? 'none', is?.[name] ?? 'none'])
}

/** Whether nothing of an answer is left to chance. */
function isCertain({ record }: AuditedCall): boolean {
  const { temperature, seed = record.model?.seed } = (record.call?.settings ?? {}) as {
    readonly temperature?: unknown
    readonly seed?: unknown
  }
  return temperature === 0 || seed !== undefined
}

/** The same bytes; of clients that write answers in different formats, the same words where nothing else was answered. */
function isSameAnswer(one: AuditedCall, other: AuditedCall): boolean {
  if (answerIn(one) === answerIn(other)) return true
  const isOtherFormat = one.record.call?.protocol !== other.record.call?.protocol
  const hasMore = [one, other].some(({ record }) => (record.response?.toolCalls ?? []).length > 0)
  const words = wordsOf(one)
  return isOtherFormat && !hasMore && words !== '' && words === wordsOf(other)
}

function answerIn({ contents }: AuditedCall): string {
  return contents.output === undefined ? '' : canonicalize(contents.output)
}

function wordsOf({ contents, record }: AuditedCall): string {
  if (contents.output === undefined) return String(contents.error ?? record.outcome?.type ?? '')
  return textOf(asChat(contents.output))
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : canonicalize(value)
}
