import { signal } from '@preact/signals'
import type { CallSummary } from '@slm-audit/core/reader'

/** Calls that are marked to be compared: two at most, the newest mark last. */
export const marked = signal<readonly CallSummary[]>([])

/** Whether a call is marked. */
export function isMarked({ auditId }: CallSummary): boolean {
  return marked.value.some((call) => call.auditId === auditId)
}

/** Marks a call, or no more; of three the oldest mark goes. */
export function toggleMark(call: CallSummary): void {
  const rest = marked.value.filter(({ auditId }) => auditId !== call.auditId)
  marked.value = rest.length < marked.value.length ? rest : [...rest, call].slice(-2)
}
