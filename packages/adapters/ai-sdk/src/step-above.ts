import type { AuditLog, EndedBy } from '@slm-audit/core/adapter'

/** A step whose framework does not tell how the stream of its model ended early. */
export interface StepAbove {
  /** The reader left, or the caller aborted. */
  cancelled(by: EndedBy): void
  failed(error: unknown): void
}

const above = new WeakMap<AuditLog, Map<string, StepAbove>>()

/** The steps of a log that go on: by their own auditId, or by that of the model call below. */
export function stepsOf(log: AuditLog): Map<string, StepAbove> {
  const steps = above.get(log) ?? new Map<string, StepAbove>()
  above.set(log, steps)
  return steps
}
