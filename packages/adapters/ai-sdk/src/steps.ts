import type { AuditLog, EndedBy, OpenCall } from '@slm-audit/core'
import { endWithError } from './end-call.ts'

/** A step of AI SDK 5 and 6 that goes on: its span does not say why a stream ended early. */
export interface OpenStep {
  readonly call: OpenCall
  /** Set when the span has ended without a result. */
  isUnfinished?: boolean
  /** What ended the stream of its model. */
  error?: unknown
}

const open = new WeakMap<AuditLog, Map<string, OpenStep>>()

/** The steps of a log that go on, by auditId. */
export function stepsOf(log: AuditLog): Map<string, OpenStep> {
  const steps = open.get(log) ?? new Map<string, OpenStep>()
  open.set(log, steps)
  return steps
}

/** Ends the step around a stream that was left or aborted. */
export function cancelStep(log: AuditLog, id: string | undefined, by: EndedBy): void {
  const steps = stepsOf(log)
  const step = steps.get(id ?? '')
  if (id === undefined || step === undefined) return
  steps.delete(id)
  step.call.cancel(by)
}

/** The model of a step failed in mid-stream; the span's end tells whether the step failed, too. */
export function failStep(log: AuditLog, id: string | undefined, error: unknown): void {
  const step = stepsOf(log).get(id ?? '')
  if (step === undefined) return
  step.error = error
  if (step.isUnfinished) endUnfinished(log, step)
}

/** The span ended without a result: as its model's stream did, or will. */
export function endUnfinished(log: AuditLog, step: OpenStep): void {
  step.isUnfinished = true
  if (step.error === undefined) return
  stepsOf(log).delete(step.call.auditId)
  endWithError(step.call, step.error, undefined)
}
