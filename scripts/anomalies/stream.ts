// Calls of 90 days with a rhythm of days and weeks, and the points at which something changes.
import type { Detector, WatchedCall } from '../../packages/core/src/reader.ts'

/** A change that a detector is to find. */
export interface Change {
  readonly detector: Detector
  /** Unix times in milliseconds. */
  readonly from: number
  readonly to: number
}

/** How long a stream is, and how many calls it has a second on average. */
export interface StreamOptions {
  readonly days: number
  readonly perSecond: number
  /** Changes that each detector is to find. */
  readonly changes: number
  readonly seed: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BEGIN = Date.UTC(2026, 0, 5)
/** Days in which it is learned what is usual. */
const LEARNING = 9
const DETECTORS: readonly Detector[] = [
  ...(['errors', 'latency', 'confidence', 'tokens', 'refusals'] as const),
  ...(['language', 'loop', 'model', 'tool', 'silence'] as const)
]

/** The changes of a stream, in the order of time; two are at least two hours apart. */
export function changesOf({ days, changes, seed }: StreamOptions): Change[] {
  const random = seeded(seed)
  const count = changes * DETECTORS.length
  const room = ((days - LEARNING) * DAY) / count
  const order = DETECTORS.flatMap((detector) => Array.from({ length: changes }, () => detector))
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [one, two] = [order[at] as Detector, order[other] as Detector]
    order[at] = two
    order[other] = one
  }
  return order.map((detector, at) => {
    const from = BEGIN + LEARNING * DAY + (at + random() * 0.6) * room
    return { detector, from, to: from + HOUR }
  })
}

/** The calls of a stream, in the order of time. The same options give the same calls. */
export function* callsOf(
  options: StreamOptions,
  changes: readonly Change[]
): Generator<WatchedCall> {
  const random = seeded(options.seed + 1)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const end = BEGIN + options.days * DAY
  let [at, next, number, failing, hour] = [BEGIN, 0, 0, 0.01, -1]
  let loopAt = 0
  while (at < end) {
    at += (-Math.log(1 - random()) * 1000) / (options.perSecond * rhythm(at))
    while (changes[next] && (changes[next]?.to ?? 0) < at) next++
    const change = changes[next]
    const now = change && at >= change.from ? change.detector : undefined
    if (now === 'silence') continue
    if (Math.floor(at / HOUR) !== hour) {
      hour = Math.floor(at / HOUR)
      // Providers have better and worse hours.
      failing = 0.01 * Math.exp(0.35 * normal())
    }
    const busy = rhythm(at) / 1.7
    const session = `S-${Math.floor(number++ / 4)}`
    const isError = random() < (now === 'errors' ? 0.1 : failing)
    const tools =
      random() < 0.2 ? [now === 'tool' && random() < 0.1 ? `tool-${next}` : 'search'] : []
    if (now === 'loop' && at > loopAt) {
      loopAt = at + 15_000
      yield {
        auditId: `l${number}`,
        at,
        kind: 'tool',
        isError: false,
        session: `L-${next}`,
        tools: ['search'],
        asked: 'a'
      }
    }
    yield {
      auditId: String(number),
      at,
      kind: 'call',
      isError,
      session,
      tools,
      asked: String(number),
      model:
        now === 'model' && random() < 0.2
          ? `model-${next}`
          : random() < 0.7
            ? 'qwen3:4b'
            : 'llama3.2:3b',
      isRefused: random() < (now === 'refusals' ? 0.1 : 0.01),
      isForeign: random() < (now === 'language' ? 0.15 : 0.015),
      durationMs:
        300 * (1 + 0.35 * busy) * Math.exp(0.35 * normal()) * (now === 'latency' ? 1.6 : 1),
      tokens: 400 * Math.exp(0.5 * normal()) * (now === 'tokens' ? 1.8 : 1),
      confidence: Math.min(
        0.999,
        Math.max(0.05, (now === 'confidence' ? 0.8 : 0.9) + 0.05 * normal())
      )
    }
  }
}

/** How busy it is, 1 on average: by the hour of the day, and less on the weekend. */
function rhythm(at: number): number {
  const hour = (at / HOUR) % 24
  const day = new Date(at).getUTCDay()
  const ofDay = 0.25 + 1.5 * Math.max(0, Math.sin(((hour - 5) / 19) * Math.PI)) ** 1.3
  return ofDay * (day === 0 ? 0.6 : day === 6 ? 0.75 : 1.1)
}

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}
