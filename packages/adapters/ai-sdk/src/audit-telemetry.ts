import { type AuditLog, checkWrapping, endedByError, isObject } from '@slm-audit/core/adapter'
import { ChannelCalls } from './channel-calls.ts'
import { IntegrationCalls, type ModelCall, type ToolCall } from './integration-calls.ts'
import { Runs } from './runs.ts'
import { listenToChannel } from './telemetry-channel.ts'

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
