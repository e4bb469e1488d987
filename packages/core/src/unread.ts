import type { OpenCall } from './call.ts'

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
 * To be told of each call that ends. What is registered counts as alive for the collector of young
 * garbage, which would else carry every answer along.
 */
export function endsWithoutDrop(call: OpenCall): void {
  registry?.unregister(call)
}
