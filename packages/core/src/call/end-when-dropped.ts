import type { OpenCall } from './open-call.ts'

let registry: FinalizationRegistry<OpenCall> | undefined

/**
 * Ends `call` as `unread` once `observer`, which alone tells what becomes of the answer, is garbage:
 * the application then holds nothing any more that it could read the answer from. Without it a call
 * whose answer was dropped would stay open, with what has come, until the log closes.
 */
export function endWhenDropped(observer: object, call: OpenCall): void {
  if (typeof FinalizationRegistry === 'undefined') return
  registry ??= new FinalizationRegistry((dropped) => dropped.cancel('unread'))
  registry.register(observer, call, call)
}

/**
 * What was given for a call may be dropped: the call has ended, or it goes on with another attempt. What
 * is registered counts as alive for the collector of young garbage, so that no call that ended stays.
 */
export function ignoreDrop(call: OpenCall): void {
  registry?.unregister(call)
}
