/** Where delivery to an exporter stands. */
export interface ExporterState {
  /** Index of the first record that is not delivered. */
  readonly next: number
  /**
   * `next` as the delivery stored it. Where `next` is larger somebody else has moved it over records that
   * were not delivered; absent in states of older versions.
   */
  readonly reached?: number
  /** Records that the other end stored so far, once more each time they are sent again. */
  readonly delivered: number
  /** Attempts that failed since the last one that did not. */
  readonly failures: number
  /** Records a second while it delivers, smoothed. */
  readonly rate?: number
  /** When the other end stored a batch last; ISO 8601, UTC. */
  readonly storedAt?: string
  /** The newest failure, also one that is over. */
  readonly lastError?: { readonly at: string; readonly message: string }
}

/** A record that the other end refused for good. */
export interface SetAside {
  /** Leaf index of the record. */
  readonly index: number
  /** ISO 8601, UTC. */
  readonly at: string
  /** What the exporter said. */
  readonly reason: string
}

/** A change of an exporter's state. */
export interface CursorChange {
  /** `next` as the store has it; absent when it has no state yet. */
  readonly expected: number | undefined
  /** The state to store. */
  readonly state: ExporterState
  /** Is stored together with the state, or not at all; one index is kept once. */
  readonly setAside?: SetAside
}

/**
 * What a journal remembers of its exporters, so that delivery goes on where it was. One holder
 * delivers for a name at a time, in whichever process.
 */
export interface Cursors {
  /** Whether what is stored outlives the process. */
  readonly isDurable: boolean
  /**
   * Makes `holder` the one who delivers for the exporter until it releases it, or its process
   * ends. False while there is another; true when it is already.
   */
  claim(name: string, holder: string): Promise<boolean>
  /** Gives up delivering for an exporter, so that another process may begin. */
  release(name: string, holder: string): Promise<void>
  /** The state as stored, or `undefined` when there is none. */
  load(name: string): Promise<ExporterState | undefined>
  /**
   * Stores a change. False, and nothing is changed, when `holder` does not hold the exporter, or
   * when somebody has moved its cursor and `expected` is not what is stored.
   */
  save(name: string, holder: string, change: CursorChange): Promise<boolean>
  /** Records that were set aside, by index. */
  setAside(name: string): Promise<readonly SetAside[]>
}

/** Cursors in memory: for journals that have none of their own; they are gone with the process. */
export function memoryCursors(): Cursors {
  const holders = new Map<string, string>()
  const states = new Map<string, ExporterState>()
  const aside = new Map<string, Map<number, SetAside>>()
  return {
    isDurable: false,
    async claim(name, holder) {
      if (!holders.has(name)) holders.set(name, holder)
      return holders.get(name) === holder
    },
    async release(name, holder) {
      if (holders.get(name) === holder) holders.delete(name)
    },
    load: async (name) => states.get(name),
    async save(name, holder, { expected, state, setAside }) {
      if (holders.get(name) !== holder || states.get(name)?.next !== expected) return false
      states.set(name, state)
      if (!setAside) return true
      const known = aside.get(name) ?? new Map<number, SetAside>()
      aside.set(name, known.set(setAside.index, setAside))
      return true
    },
    setAside: async (name) =>
      [...(aside.get(name)?.values() ?? [])].sort((left, right) => left.index - right.index)
  }
}
