import { quietly } from '../base/host-first.ts'
import type { OpenCall } from './open-call.ts'

let registry: FinalizationRegistry<OpenCall> | undefined

/** What is undone when a call is no longer watched. */
const undoOf = new WeakMap<OpenCall, () => void>()

/**
 * Ends `call` as `unread` once `observer`, which alone tells what becomes of the answer, is garbage:
 * the application then holds nothing any more that it could read the answer from. Without it a call
 * whose answer was dropped would stay open, with what has come, until the log closes.
 *
 * @param undo Called when the call is no longer watched, because it ended or `stopWatching` says so: takes the observer
 * from where it listens. It must not hold the observer.
 */
export function endWhenCollected(observer: object, call: OpenCall, undo?: () => void): void {
  if (undo) undoOf.set(call, undo)
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
  const undo = undoOf.get(call)
  undoOf.delete(call)
  // What an application gives for a signal may fail.
  if (undo) quietly(undo)()
}
