import { isObject } from '../../base/json.ts'
import type { AuditRecord } from '../../record/record.ts'

/** A list as it is; of what is none, nothing. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The names of something that has a version, perhaps: `refund`, `refund@3`. */
export function named(value: unknown): readonly unknown[] {
  if (!isObject(value) || typeof value.name !== 'string') return []
  return [
    value.name,
    typeof value.version === 'string' ? `${value.name}@${value.version}` : undefined
  ]
}

/** Tokens of a request and its answer, as far as one of them is known. */
export function totalTokens(
  usage: NonNullable<AuditRecord['response']>['usage'] | undefined
): number | undefined {
  if (usage?.totalTokens !== undefined) return usage.totalTokens
  const { inputTokens, outputTokens } = usage ?? {}
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return (inputTokens ?? 0) + (outputTokens ?? 0)
}

/** How sure a model was: the mean probability of its tokens, or the highest score of a classifier. */
export function confidenceOf({ confidence }: AuditRecord): number | undefined {
  const { meanLogprob, scores } = confidence ?? {}
  if (typeof meanLogprob === 'number') return Math.min(1, Math.exp(meanLogprob))
  const all = listOf(scores).flatMap((each) =>
    isObject(each) && typeof each.score === 'number' ? [each.score] : []
  )
  return all.length === 0 ? undefined : Math.max(...all)
}
