import type { Scope } from '../call/scope.ts'
import type { TraceIds } from '../record/call-facts.ts'
import type { SystemState } from '../record/record.ts'

/** What is known of a call when it opens, beside its request. */
export interface OpenedCall {
  readonly auditId: string
  /** Unix time in milliseconds. */
  readonly openedAt: number
  readonly scope: Scope
  readonly trace: TraceIds | undefined
  /** Whether the call is a span of another instrumentation. */
  readonly isSpan: boolean
  readonly announces: readonly string[] | undefined
  /** Names where the code ran that opened the call; given where a framework announced one. */
  readonly place: string | undefined
  readonly system: Omit<SystemState, 'openCalls'>
  readonly openCalls: number
}
