import type { Anomaly, Detector } from './anomaly.ts'
import { Season, type StoredSeason, type WatchedMeasure, type WatchedShare } from './season.ts'
import { ShareShift, type Shares } from './share-shift.ts'
import type { WatchedCall } from './watched-call.ts'

/** Calls before which nothing is said of shares. */
const LEAST_CALLS = 200
/** The least share that counts as usual: one error in a hundred calls is no news. */
const LEAST_SHARE = 0.01
/** Of a measure, a tenth of the calls is over what is usual by definition; a third of them is not. */
const OVER: Shares = { usual: 0.1, raised: 0.35 }

const OF_SHARES: { readonly [name in WatchedShare]: Detector } = {
  errors: 'errors',
  refusals: 'refusals',
  foreign: 'language'
}
const OF_MEASURES: { readonly [name in WatchedMeasure]: Detector } = {
  duration: 'latency',
  tokens: 'tokens',
  unsure: 'confidence'
}

/** Finds what changes about the calls of one model. */
export class ModelWatch {
  readonly season: Season
  readonly #model: string | undefined
  readonly #shifts: { [name in Detector]?: ShareShift } = {}

  constructor(model: string | undefined, stored?: StoredSeason) {
    this.#model = model
    this.season = new Season(stored)
  }

  /** Looks at a call that has ended, and then counts it. */
  add(call: WatchedCall): Anomaly[] {
    const { isError, isRefused, isForeign, durationMs, tokens, confidence, at } = call
    this.season.begin(at)
    const found: Anomaly[] = []
    this.#share('errors', isError, call, found)
    if (!isError) this.#share('refusals', isRefused === true, call, found)
    if (isForeign !== undefined) this.#share('foreign', isForeign, call, found)
    this.season.countCall()
    if (isError) return found
    this.#measure('duration', durationMs, call, found)
    this.#measure('tokens', tokens, call, found)
    // A sketch is of positive numbers.
    const unsure = confidence === undefined ? undefined : Math.max(0.001, 1 - confidence)
    this.#measure('unsure', unsure, call, found)
    return found
  }

  #share(name: WatchedShare, isCounted: boolean, call: WatchedCall, found: Anomaly[]): void {
    if (this.season.calls >= LEAST_CALLS) {
      const usual = Math.max(LEAST_SHARE, Math.min(0.6, this.season.share(name)))
      const raised = Math.min(0.9, usual * 3 + 0.04)
      const news = this.#look(OF_SHARES[name], isCounted, call, { usual, raised })
      if (news) found.push({ ...news, usual })
    }
    if (isCounted) this.season.countShare(name)
  }

  #measure(
    name: WatchedMeasure,
    value: number | undefined,
    call: WatchedCall,
    found: Anomaly[]
  ): void {
    if (value === undefined) return
    const most = this.season.most(name)
    if (most !== undefined) {
      const news = this.#look(OF_MEASURES[name], value > most, call, OVER)
      const figures = name === 'unsure' ? [1 - most, 1 - value] : [most, value]
      if (news) found.push({ ...news, usual: figures[0] ?? 0, now: figures[1] ?? 0 })
    }
    this.season.countMeasure(name, value)
  }

  #look(
    detector: Detector,
    isCounted: boolean,
    { at, auditId }: WatchedCall,
    shares: Shares
  ): Anomaly | undefined {
    const shift = this.#shifts[detector] ?? new ShareShift()
    this.#shifts[detector] = shift
    if (shift.add(isCounted, at, shares) !== 'raised') return undefined
    const model = this.#model === undefined ? {} : { model: this.#model }
    const since = new Date(shift.since).toISOString()
    return { detector, at: new Date(at).toISOString(), since, ...model, call: auditId }
  }
}
