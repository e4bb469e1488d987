/** Hears of the growth of a store, whoever writes it, until it is disposed. Made by `watch` of a journal or a reader. */
export interface GrowthWatch extends Disposable {
  /** Whether it hears of growth now. While it does not, as before it has connected, whoever waits looks again by time. */
  readonly isLive: boolean
}

/**
 * Begins to hear of growth: `grown` is called when records may have been added by anybody, and when `isLive` has
 * changed, so that whoever hears it looks. It may be called for nothing. Neither throws.
 */
export type WatchGrowth = (grown: () => void) => GrowthWatch
