import { setTimeout } from '../base/clock.ts'
import { quietly } from '../base/host-first.ts'

/** Something whose end is watched from outside while nobody tells of it. */
export interface Watchable {
  /** Starts watching, unless it has ended. */
  watch(): void
}

/** Most that are held until they are watched. */
const MOST_FRESH = 256

let fresh: Watchable[] = []

/**
 * Has `watchable` watched from a later turn of the loop on. What watches an answer costs as much as
 * reading it, and most answers that are not streamed have been read by then.
 */
export function watchSoon(watchable: Watchable): void {
  const count = fresh.push(watchable)
  if (count >= MOST_FRESH) watchFresh()
  else if (count === 1) {
    const timer: { unref?(): void } | number = setTimeout(quietly(watchFresh), 0)
    if (typeof timer === 'object') timer.unref?.()
  }
}

function watchFresh(): void {
  const due = fresh
  fresh = []
  for (const watchable of due) watchable.watch()
}
