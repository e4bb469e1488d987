import { type AuditLog, isObject } from '@slm-audit/core'
import { type ModelCall, Runs, type ToolCall } from './runs.ts'

/** A telemetry integration of AI SDK 7: what `registerTelemetry` and `telemetry.integrations` take. */
export interface AuditTelemetry {
  onStart(event: object): void
  onEnd(event: object): void
  onAbort(event: object): void
  onError(event: unknown): void
  onToolExecutionEnd(event: object): void
  onObjectStepStart(event: object): void
  onObjectStepEnd(event: object): void
  onEmbedStart(event: object): void
  onEmbedEnd(event: object): void
  executeLanguageModelCall<T>(call: ModelCall<T>): PromiseLike<T>
  executeTool<T>(call: ToolCall<T>): PromiseLike<T>
}

const integrations = new WeakMap<AuditLog, AuditTelemetry>()

/**
 * The telemetry integration that records what AI SDK 7 does: one step for each operation
 * (`generateText`, `streamText`, `embed`, …), below it its model calls, and each tool below the
 * model call that asked for it. There is one integration a log; registering it twice is harmless.
 */
export function auditTelemetry(log: AuditLog): AuditTelemetry {
  const known = integrations.get(log)
  if (known) return known
  const runs = new Runs(log)
  const made: AuditTelemetry = {
    onStart: (event) => runs.start({ ...event }),
    onEnd: (event) => runs.end({ ...event }),
    onAbort: (event) => runs.abort({ ...event }),
    onError: (event) => runs.fail(isObject(event) ? event : {}),
    onToolExecutionEnd: (event) => runs.toolEnded({ ...event }),
    onObjectStepStart: (event) => runs.objectStarted({ ...event }),
    onObjectStepEnd: (event) => runs.objectEnded({ ...event }),
    onEmbedStart: (event) => runs.embedStarted({ ...event }),
    onEmbedEnd: (event) => runs.embedEnded({ ...event }),
    executeLanguageModelCall: (call) => runs.model(call),
    executeTool: (call) => runs.tool(call)
  }
  integrations.set(log, made)
  return made
}
