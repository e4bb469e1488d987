import type { CallRequest, CallResponse } from '@slm-audit/core/adapter'
import type { SeenAttributes } from './seen-attributes.ts'

/** A span as dialects see it, whatever SDK made it. */
export interface SpanView {
  readonly name: string
  /** Name of the instrumentation scope. */
  readonly scope: string
  readonly attributes: SeenAttributes
  readonly events: readonly { readonly name: string; readonly attributes: SeenAttributes }[]
}

/** What a span stands for: a call of a model, the run of a tool, or a step such as a retrieval. */
export type SpanKind = 'call' | 'tool' | 'step'

/** An answer, and when its first part came, in milliseconds, where the span says so. */
export interface SeenResponse extends Omit<CallResponse, 'timing'> {
  readonly firstChunkMs?: number
}

/**
 * How one family of instrumentations writes model calls into spans. Pure: it reads what is there,
 * and leaves out what is not.
 */
export interface Dialect {
  /** Goes into `call.source`. */
  readonly source: string
  /** Whether the span speaks this dialect, and stands for a call; spans around calls do not. */
  kindOf(span: SpanView): SpanKind | undefined
  request(span: SpanView): CallRequest
  response(span: SpanView): SeenResponse
}

/** An object without the members that are undefined. */
export function given<T extends object>(values: T): { [K in keyof T]: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: NonNullable<T[K]> }
}
