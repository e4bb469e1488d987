import {
  AuditError,
  type AuditLog,
  builtinModule,
  isObject,
  type StoreChannel
} from '@slm-audit/core/adapter'
import type { ChannelCalls, ChannelMessage } from './channel-calls.ts'

/** What is used of `node:diagnostics_channel`. */
interface Channels {
  tracingChannel(name: string): TracingChannel
}

interface TracingChannel {
  readonly start: StoreChannel
  subscribe(hears: { readonly [event: string]: (message: unknown) => void }): void
}

interface Listener {
  readonly log: AuditLog
  readonly calls: ChannelCalls
}

/** The name that the SDK publishes under, since version 7. */
const NAME = 'ai:telemetry'

let channel: TracingChannel | undefined
/** Who recorded the start of a message, and hears of its end. */
const listeners = new WeakMap<object, Set<Listener>>()

/**
 * Gives `calls` the messages of the SDK's diagnostics channel while `isWanted`, from now until the log
 * closes. Code that the SDK runs with a message runs inside of its call. Does nothing where the
 * runtime has no such channels.
 */
export function listenToChannel(log: AuditLog, calls: ChannelCalls, isWanted: () => boolean): void {
  channel ??= openChannel()
  if (channel === undefined) return
  const listener = { log, calls }
  log.scopeFrom(channel.start, (message) => {
    if (!isObject(message) || !isWanted()) return undefined
    const call = calls.opened(message)
    if (call) listeners.set(message, (listeners.get(message) ?? new Set()).add(listener))
    return call
  })
}

/** The SDK's channel, where the runtime has such channels and they carry asynchronous context. */
function openChannel(): TracingChannel | undefined {
  try {
    const opened = builtinModule<Channels>('node:diagnostics_channel')?.tracingChannel?.(NAME)
    if (typeof opened?.start.bindStore !== 'function') return undefined
    opened.subscribe({
      end: (message) => tell(message, (calls, told) => calls.begun(told)),
      asyncEnd: (message) => tell(message, (calls, told) => calls.ended(told))
    })
    return opened
  } catch {
    // A runtime that has them in part: the integration works as without.
    return undefined
  }
}

function tell(message: unknown, hear: (calls: ChannelCalls, told: ChannelMessage) => void): void {
  if (!isObject(message)) return
  for (const { log, calls } of listeners.get(message) ?? []) {
    try {
      hear(calls, message)
    } catch (cause) {
      // Node ends the process for what is thrown here.
      const text = `a message of the channel ${NAME} was not read`
      log.report(new AuditError('protocol_failed', text, { cause }))
    }
  }
}
