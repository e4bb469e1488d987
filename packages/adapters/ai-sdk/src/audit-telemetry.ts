import { type AuditLog, checkWrapping, endedByError, isObject } from '@slm-audit/core/adapter'
import { ChannelCalls } from './channel-calls.ts'
import { IntegrationCalls, type ModelCall, type ToolCall } from './integration-calls.ts'
import { Runs } from './runs.ts'
import { listenToChannel } from './telemetry-channel.ts'

/** A telemetry integration of AI SDK 7: what `registerTelemetry` and `telemetry.integrations` take. */
export interface AuditTelemetry {
  /** An operation starts. */
  onStart(event: object): void
  /** An operation ended. */
  onEnd(event: object): void
  /** An operation was aborted. */
  onAbort(event: object): void
  /** An operation failed. */
  onError(event: unknown): void
  /** A tool ended. */
  onToolExecutionEnd(event: object): void
  /** A model is asked for an object. */
  onObjectStepStart(event: object): void
  /** A model answered with an object. */
  onObjectStepEnd(event: object): void
  /** A model is asked for embeddings. */
  onEmbedStart(event: object): void
  /** A model answered with embeddings. */
  onEmbedEnd(event: object): void
  /** Runs a model's call inside of its record. */
  executeLanguageModelCall<T>(call: ModelCall<T>): PromiseLike<T>
  /** Runs a tool inside of its record. */
  executeTool<T>(call: ToolCall<T>): PromiseLike<T>
}

const integrations = new WeakMap<AuditLog, AuditTelemetry>()

/**
 * The telemetry integration that records what AI SDK 7 does: one step for each operation
 * (`generateText`, `streamText`, `embed`, …), below it its model calls, and each tool below the
 * model call that asked for it. There is one integration a log; registering it twice is harmless.
 *
 * Once it is registered (`registerTelemetry`), calls that bring integrations of their own are recorded,
 * too, from the SDK's diagnostics channel, where the runtime has such channels.
 */
export function auditTelemetry(log: AuditLog): AuditTelemetry {
  checkWrapping(log, log)
  const known = integrations.get(log)
  if (known) return known
  const runs = new Runs(log)
  const calls = new IntegrationCalls(runs)
  const made: AuditTelemetry = {
    onStart: (event) => runs.hear({ ...event }),
    onEnd: (event) => runs.end({ ...event }, { ...event }),
    onAbort({ callId, reason }: { callId?: unknown; reason?: unknown }) {
      runs.cancel(callId, endedByError(reason) ?? 'signal')
    },
    onError: (event) => isObject(event) && runs.fail(event.callId, event.error),
    onToolExecutionEnd: (event) => calls.toolEnded({ ...event }),
    onObjectStepStart: (event) => calls.objectStarted({ ...event }),
    onObjectStepEnd: (event) => calls.objectEnded({ ...event }),
    onEmbedStart: (event) => calls.embedStarted({ ...event }),
    onEmbedEnd: (event) => calls.embedEnded({ ...event }),
    executeLanguageModelCall: (call) => calls.model(call),
    executeTool: (call) => calls.tool(call)
  }
  integrations.set(log, made)
  listenToChannel(log, new ChannelCalls(runs), () => isRegistered(made))
  return made
}

function isRegistered(integration: AuditTelemetry): boolean {
  const { AI_SDK_TELEMETRY_INTEGRATIONS: registered } = globalThis as {
    AI_SDK_TELEMETRY_INTEGRATIONS?: unknown
  }
  return Array.isArray(registered) && registered.includes(integration)
}
