import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  type Later,
  type OpenCall,
  type OpenOptions,
  readNow
} from '@slm-audit/core/adapter'
import { type ErrorEnd, endWithError } from './end-call.ts'

/** How to record one call around a promise. */
export interface Recording<R> extends OpenOptions, Omit<ErrorEnd, 'partial'> {
  run(): PromiseLike<R>
  /** Reads the result and ends the call, or leaves it to whoever watches the result's stream. */
  onResult(call: OpenCall, result: R): void
}

/** Runs a model's call; what it returns or throws is passed on when its record allows. */
export async function recordCall<R>(
  log: AuditLog,
  request: Later<CallRequest>,
  { run, onResult, signal, hides = false, ...options }: Recording<R>
): Promise<R> {
  const call = log.open(request, { yields: true, ...options })
  await call.admitted()
  let result: R
  try {
    result = await call.run(run)
  } catch (error) {
    await endWithError(call, error, { signal, hides })
    throw error
  }
  onResult(call, result)
  if (!call.isOpen) await call.settled()
  return result
}

/** Ends a call with a result that is read at once. */
export function complete(call: OpenCall, read: () => CallResponse): void {
  call.complete(readNow(read))
}
