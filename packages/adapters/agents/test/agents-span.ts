import { AsyncLocalStorage } from 'node:async_hooks'
import type { AgentsSpan, AuditTraceProcessor } from '../src/index.ts'

/**
 * The part of the OpenAI Agents SDK that tells of spans, as its version 0.20 does: a processor hears of a span inside of
 * the asynchronous context that the span's code runs in, and what a span says may be set after that.
 */
export class AgentsTracing {
  readonly #current = new AsyncLocalStorage<AgentsSpan>()
  readonly #processors: AuditTraceProcessor[] = []
  #count = 0

  readonly getCurrentSpan = (): AgentsSpan | undefined => this.#current.getStore()

  add(processor: AuditTraceProcessor): void {
    this.#processors.push(processor)
  }

  async trace<T>(groupId: string | null, run: () => Promise<T>): Promise<T> {
    const trace = { traceId: `trace_${++this.#count}`, groupId }
    for (const processor of this.#processors) void processor.onTraceStart(trace)
    try {
      return await run()
    } finally {
      for (const processor of this.#processors) void processor.onTraceEnd(trace)
    }
  }

  /** Runs code in a span; `run` may change what the span says. */
  async span<T>(
    data: { [name: string]: unknown },
    run: (span: { data: { [name: string]: unknown }; error: unknown }) => Promise<T>,
    ends = true
  ): Promise<T> {
    const parentId = this.getCurrentSpan()?.spanId ?? null
    const told: { data: { [name: string]: unknown }; error: unknown } = { data, error: null }
    const span: AgentsSpan = {
      spanId: `span_${++this.#count}`,
      traceId: `trace_1`,
      parentId,
      get spanData() {
        return told.data
      },
      get error() {
        return told.error
      }
    }
    return this.#current.run(span, async () => {
      for (const processor of this.#processors) void processor.onSpanStart(span)
      try {
        return await run(told)
      } finally {
        if (ends) for (const processor of this.#processors) void processor.onSpanEnd(span)
      }
    })
  }
}
