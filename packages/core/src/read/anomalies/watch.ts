import { isObject } from '../../base/json.ts'
import { type Anomaly, DETECTOR_NAMES, type Detector } from './anomaly.ts'
import { LoopWatch } from './loop-watch.ts'
import { ModelWatch } from './model-watch.ts'
import { isStoredNews, NewsWatch, type StoredNews } from './news-watch.ts'
import { isStoredSeason, Season, type StoredSeason } from './season.ts'
import type { WatchedCall } from './watched-call.ts'

/** Models whose calls are looked at apart; calls of more are looked at together. */
const MOST_MODELS = 16
const HOUR_MS = 3_600_000
/** An hour with fewer calls on a usual day can be silent. */
const LEAST_IN_AN_HOUR = 20
/** So many calls would have come, at the rate of the quietest of the last days, before it is silence. */
const MISSED = 25
const LEAST_SILENCE_MS = 60_000

/** What is stored of a watch, as JSON: names and figures, no content. */
export interface StoredWatch {
  /** Of this shape. */
  readonly version: 1
  /** Calls of all models, by the hour. */
  readonly all: StoredSeason
  /** What is usual of each model. */
  readonly models: readonly (readonly [model: string, season: StoredSeason])[]
  /** Names that were seen. */
  readonly news: StoredNews
}

/**
 * Looks at calls as they end, in the order of time, and finds what is not as usual. What is usual it learns by
 * itself: from two hundred calls on for shares, from a day on for times and tokens. Its memory is bounded.
 */
export class AnomalyWatch {
  readonly #detectors: ReadonlySet<string>
  readonly #models = new Map<string, ModelWatch>()
  readonly #loops = new LoopWatch()
  readonly #news: NewsWatch
  readonly #all: Season
  #last = Number.NaN
  #isSilent = false

  /** @param stored What `toJSON` gave before, in any shape: what cannot be read is learned anew. */
  constructor(detectors: readonly Detector[] = DETECTOR_NAMES, stored?: unknown) {
    this.#detectors = new Set(detectors)
    const known = isStored(stored) ? stored : undefined
    this.#news = new NewsWatch(known?.news)
    this.#all = new Season(known?.all)
    for (const [model, season] of known?.models ?? []) {
      this.#models.set(model, new ModelWatch(model || undefined, season))
    }
  }

  /** Looks at one that ended. */
  add(call: WatchedCall): Anomaly[] {
    const at = Math.max(call.at, Number.isNaN(this.#last) ? call.at : this.#last)
    const found = this.tick(at)
    this.#last = at
    this.#isSilent = false
    found.push(...this.#loop(call, at))
    if (call.kind === 'call') {
      this.#all.begin(at)
      this.#all.countCall()
      this.#news.count(at)
      found.push(...this.#modelOf(call.model).add({ ...call, at }))
    }
    found.push(...this.#newNames(call, at))
    return found.filter(({ detector }) => this.#detectors.has(detector))
  }

  /** Looks at the clock: nothing that happens can be news, too. */
  tick(now: number): Anomaly[] {
    if (this.#isSilent || !(now > this.#last + LEAST_SILENCE_MS)) return []
    const hour = Math.floor(now / HOUR_MS)
    const around = [hour, Math.floor(this.#last / HOUR_MS)].map((each) => this.#all.callsAt(each))
    const fewest = Math.min(...around.map(([least]) => least ?? 0))
    const hasDays = around.every((days) => days.length >= 3)
    if (!hasDays || fewest < LEAST_IN_AN_HOUR) return []
    const afterMs = Math.max(LEAST_SILENCE_MS, (MISSED * HOUR_MS) / fewest)
    if (now - this.#last < afterMs) return []
    this.#isSilent = true
    const at = new Date(now).toISOString()
    const found = { at, since: new Date(this.#last).toISOString(), usual: fewest, now: 0 }
    return this.#detectors.has('silence') ? [{ detector: 'silence', ...found }] : []
  }

  toJSON(): StoredWatch {
    return {
      version: 1,
      all: this.#all.toJSON(),
      models: [...this.#models].map(([model, { season }]) => [model, season.toJSON()]),
      news: this.#news.toJSON()
    }
  }

  #modelOf(model = ''): ModelWatch {
    const isFull = this.#models.size >= MOST_MODELS && !this.#models.has(model)
    const name = isFull ? '' : model
    const known = this.#models.get(name) ?? new ModelWatch(name || undefined)
    this.#models.set(name, known)
    return known
  }

  #loop(call: WatchedCall, at: number): Anomaly[] {
    const loop = this.#loops.add({ ...call, at })
    if (!loop) return []
    const about = { session: call.session ?? '', now: loop.count, call: call.auditId }
    return [{ detector: 'loop', ...times(at, loop.since), ...about }]
  }

  #newNames({ model, digest, tools = [], auditId }: WatchedCall, at: number): Anomaly[] {
    const isNew = (name: string) => this.#news.isNew(name, at)
    const of = (detector: Detector, value: string): Anomaly => ({
      detector,
      ...times(at, at),
      value,
      call: auditId
    })
    return [
      ...[model, digest].flatMap((each) =>
        each !== undefined && isNew(`model ${each}`) ? [of('model', each)] : []
      ),
      ...tools.flatMap((each) => (isNew(`tool ${each}`) ? [of('tool', each)] : []))
    ]
  }
}

function times(at: number, since: number): Pick<Anomaly, 'at' | 'since'> {
  return { at: new Date(at).toISOString(), since: new Date(since).toISOString() }
}

function isStored(value: unknown): value is StoredWatch {
  if (!isObject(value) || value.version !== 1 || !Array.isArray(value.models)) return false
  const areModels = value.models.every((each: unknown) => {
    const [model, season]: readonly unknown[] = Array.isArray(each) ? each : []
    return typeof model === 'string' && isStoredSeason(season)
  })
  return areModels && isStoredSeason(value.all) && isStoredNews(value.news)
}
