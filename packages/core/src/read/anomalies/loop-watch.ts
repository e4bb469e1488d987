import { BoundedMap } from '../../base/bounded-map.ts'
import type { WatchedCall } from './watched-call.ts'

/** What one session asks so often within ten minutes goes in circles. */
const MOST = 8
const WITHIN_MS = 600_000
/** Questions that are remembered. */
const MOST_KNOWN = 5_000

interface Known {
  readonly times: readonly number[]
  readonly isTold: boolean
}

/** Finds sessions that ask the same again and again. */
export class LoopWatch {
  readonly #known = new BoundedMap<string, Known>(MOST_KNOWN)

  /** How often the session asked this lately, where it does so too often and that was not told before. */
  add({
    session,
    kind,
    tools = [],
    asked,
    at
  }: WatchedCall): { count: number; since: number } | undefined {
    if (session === undefined || asked === undefined) return undefined
    const key = `${session}\n${kind === 'tool' ? tools[0] : ''}\n${asked}`
    const { times, isTold } = this.#known.get(key) ?? { times: [], isTold: false }
    const recent = [...times.filter((time) => time > at - WITHIN_MS), at].slice(-MOST)
    const isLoop = recent.length >= MOST
    this.#known.set(key, { times: recent, isTold: isTold && recent.length > 1 ? true : isLoop })
    return isLoop && !isTold ? { count: recent.length, since: recent[0] ?? at } : undefined
  }
}
