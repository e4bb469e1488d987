import { over } from '../base/host-first.ts'
import { observe } from '../call/observe.ts'
import type { OpenCall } from '../call/open-call.ts'
import type { StreamReader } from '../call/stream-reader.ts'
import type { AuditLog } from '../log/audit-log.ts'
import type { CallRequest, CallResponse } from '../record/call-facts.ts'
import { readNow } from '../record/later.ts'
import { checkWrapping } from './check-wrapping.ts'
import { layOver } from './lay-over.ts'
import { reportUnseen } from './report-unseen.ts'

/** How to read the calls of one method. */
export interface MethodProtocol<Args extends unknown[], Result> {
  /** Reads the arguments before the method runs. */
  readRequest(args: Args): CallRequest
  /**
   * Reads the result; without it the result is the output. May end `call` otherwise, where the
   * result says that the answer was cut off.
   */
  readResult?(result: Awaited<Result>, args: Args, call: OpenCall): CallResponse
  /** Reads what came of the answer before the method failed. May end `call` otherwise. */
  readFailure?(error: unknown, args: Args, call: OpenCall): CallResponse
  /** Reads a result that is an async iterable; without it the items are the output. */
  readStream?(args: Args, call: OpenCall): StreamReader
  /** Other arguments in place of the caller's, to watch the callbacks among them. */
  prepare?(args: Args, call: OpenCall): Args
  /**
   * What model calls below the method are: the `same` call, which is recorded here (the default);
   * the same call, which is recorded `below` where something records it; or calls of their `own`.
   */
  readonly nested?: 'same' | 'below' | 'own'
}

/** The logs that watch a method of an object already. */
const watched = new WeakMap<object, Map<PropertyKey, Set<AuditLog>>>()

/**
 * Records the calls of one method of one object, in place, and returns the same object: its class
 * and its other instances are left alone. Results, promises, async iterables and errors are the
 * method's own. Wrapping twice for one log is harmless.
 *
 * An object that cannot be changed stays as it is, which is reported as `client_unseen`. Throws TypeError when the object
 * has no such method.
 */
export function wrapMethod<T extends object, Args extends unknown[], Result>(
  log: AuditLog,
  target: T,
  name: keyof T,
  protocol: MethodProtocol<Args, Result>
): T {
  checkWrapping(log, target)
  const method: unknown = target[name]
  if (typeof method !== 'function') throw new TypeError(`the object has no method ${String(name)}`)
  if (!claim(log, target, name)) return target
  const original = method as (this: unknown, ...args: Args) => Result
  const audited = over(original, (host, ...args) => {
    if (!log.isRecording) return host(...args)
    const yields = protocol.nested === 'below'
    const call = log.open(
      readNow(() => protocol.readRequest(args)),
      { yields }
    )
    const run = () => host(...prepared(protocol, args, call))
    const isInner = (protocol.nested ?? 'same') === 'same'
    const start = () => call.run(isInner ? () => log.withoutRecording(run) : run)
    const admitted = call.admitted(() => protocol.readRequest(args))
    const reading = {
      result: (result: Awaited<Result>): CallResponse =>
        protocol.readResult?.(result, args, call) ?? { output: result },
      failure: (error: unknown): CallResponse => protocol.readFailure?.(error, args, call) ?? {},
      stream: () => protocol.readStream?.(args, call)
    }
    const begin = admitted ? () => admitted.then(start) as Result : start
    return observe(call, begin, reading)
  })
  if (!layOver(target, name, { value: audited })) {
    reportUnseen(log, { target }, `its method ${String(name)} cannot be changed`)
  }
  return target
}

function claim(log: AuditLog, target: object, name: PropertyKey): boolean {
  const methods = watched.get(target) ?? new Map<PropertyKey, Set<AuditLog>>()
  watched.set(target, methods)
  const logs = methods.get(name) ?? new Set<AuditLog>()
  methods.set(name, logs)
  if (logs.has(log)) return false
  logs.add(log)
  return true
}

function prepared<Args extends unknown[], Result>(
  protocol: MethodProtocol<Args, Result>,
  args: Args,
  call: OpenCall
): Args {
  try {
    return protocol.prepare?.(args, call) ?? args
  } catch {
    // What cannot be watched is called as it is; the record then lacks the chunks alone.
    return args
  }
}
