import { isObject } from '../../base/json.ts'

/** So many calls, and so long, nothing is news: an application starts. */
const LEAST_CALLS = 200
const LEAST_MS = 3_600_000
/** Names that are remembered. */
const MOST_KNOWN = 2_000

/** What is stored of the names that were seen. */
export interface StoredNews {
  /** Names, those of models before those of tools. */
  readonly known: readonly string[]
  /** Calls so far. */
  readonly calls: number
  /** When the first of them ended: Unix time in milliseconds; null before. */
  readonly since: number | null
}

/** Whether a value is what `NewsWatch` stores. */
export function isStoredNews(value: unknown): value is StoredNews {
  if (!isObject(value) || !Array.isArray(value.known)) return false
  const { known, calls, since } = value
  const areFigures = [calls, since ?? 0].every((one) => Number.isFinite(one))
  return areFigures && known.every((name) => typeof name === 'string')
}

/** Tells names that were never seen before. */
export class NewsWatch {
  readonly #known: Set<string>
  #calls: number
  #since: number | null

  constructor({ known, calls, since }: StoredNews = { known: [], calls: 0, since: null }) {
    this.#known = new Set(known)
    this.#calls = calls
    this.#since = since
  }

  /** Counts a call that ended. */
  count(at: number): void {
    this.#calls++
    if (this.#since === null || !(this.#since <= at)) this.#since = at
  }

  /** Whether a name is news. Each is once; where there are too many names, none is. */
  isNew(name: string, at: number): boolean {
    if (this.#known.has(name) || this.#known.size >= MOST_KNOWN) return false
    this.#known.add(name)
    return this.#calls > LEAST_CALLS && at - (this.#since ?? at) > LEAST_MS
  }

  toJSON(): StoredNews {
    return { known: [...this.#known], calls: this.#calls, since: this.#since }
  }
}
