import type { OpenCall } from './open-call.ts'

let registry: FinalizationRegistry<OpenCall> | undefined

/**
 * Ends `call` as `unread` once `observer`, which alone tells what becomes of the answer, is garbage:
 * the application then holds nothing any more that it could read the answer from. Without it a call
 * whose answer was dropped would stay open, with what has come, until the log closes.
 */
export function endWhenCollected(observer: object, call: OpenCall): void {
  if (typeof FinalizationRegistry === 'undefined') return
  registry ??= new FinalizationRegistry((collected) => collected.cancel('unread'))
  registry.register(observer, call, call)
}

/**
 * Stops watching the observers of a call, because it ended or goes on with another attempt. A registered
 * object counts as alive for the collector of young garbage, so an ended call must not stay registered.
 */
export function stopWatching(call: OpenCall): void {
  registry?.unregister(call)
}
