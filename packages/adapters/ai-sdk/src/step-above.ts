import type { AuditLog, EndedBy } from '@slm-audit/core/adapter'

/** A step whose framework does not tell how the stream of its model ended early. */
export interface StepAbove {
  /** The reader left, or the caller aborted. */
  cancelled(by: EndedBy): void
  failed(error: unknown): void
  /** The texts of the prompt, where nothing else ties a model's call to the step. */
  readonly announces?: readonly string[]
}

const above = new WeakMap<AuditLog, Map<string, StepAbove>>()

/** The steps of a log that go on: by their own auditId, or by that of the model call which they announced. */
export function stepsOf(log: AuditLog): Map<string, StepAbove> {
  const steps = above.get(log) ?? new Map<string, StepAbove>()
  above.set(log, steps)
  return steps
}

/**
 * The step that a model is asked for, with these texts: the one that the code runs in, or else one that
 * announced them, which is then found by no other call.
 */
export function stepAbove(
  log: AuditLog,
  around: string | undefined,
  texts: readonly string[]
): StepAbove | undefined {
  const steps = stepsOf(log)
  const own = steps.get(around ?? '')
  if (own) return own
  for (const [id, step] of steps) {
    if (!step.announces?.every((text) => texts.includes(text))) continue
    steps.delete(id)
    return step
  }
  return undefined
}
