import {
  type CursorChange,
  type ExporterState,
  isObject,
  type SetAside
} from '@slm-audit/core/journal'
import type { EngineCursors } from '@slm-audit/core/node'
import type { Database } from '../driver/database.ts'
import { type ExporterLock, tryExporterLock } from './exporter-lock.ts'

/** The exporters of a database that is open for writing. */
export class CursorStore implements EngineCursors {
  readonly #database: Database
  readonly #file: string
  readonly #held = new Map<string, { readonly holder: string; readonly lock: ExporterLock }>()

  constructor(database: Database, file: string) {
    this.#database = database
    this.#file = file
  }

  release(name: string, holder: string): void {
    if (this.#held.get(name)?.holder === holder) this.#release(name)
  }

  load(name: string): ExporterState | undefined {
    return loadState(this.#database, name)
  }

  setAside(name: string): readonly SetAside[] {
    return loadSetAside(this.#database, name)
  }

  /** Gives up all exporters. */
  close(): void {
    for (const name of [...this.#held.keys()]) this.#release(name)
  }

  claim(name: string, holder: string): boolean {
    const held = this.#held.get(name)
    if (held) return held.holder === holder
    const lock = tryExporterLock(this.#file, name)
    if (lock) this.#held.set(name, { holder, lock })
    return lock !== undefined
  }

  #release(name: string): void {
    this.#held.get(name)?.lock.release()
    this.#held.delete(name)
  }

  save(name: string, holder: string, { expected, state, setAside }: CursorChange): boolean {
    if (this.#held.get(name)?.holder !== holder) return false
    const { next, ...rest } = state
    const store = this.#database.transaction(() => {
      // Not every driver takes a name that the statement does not have.
      const values = {
        name,
        next,
        state: JSON.stringify(rest),
        ...(expected !== undefined && { expected })
      }
      const { changes } = this.#database
        .prepare(expected === undefined ? INSERT : UPDATE)
        .run(values)
      if (changes === 0) return false
      if (!setAside) return true
      const { index, at, reason } = setAside
      this.#database
        .prepare('INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?, ?)')
        .run(name, index, at, reason)
      return true
    })
    return store.immediate()
  }
}

const INSERT = 'INSERT OR IGNORE INTO exporters VALUES (@name, @next, @state)'
const UPDATE = `UPDATE exporters SET next = @next, state = @state
  WHERE name = @name AND next = @expected`

/** An exporter's state, if the database knows it. */
export function loadState(database: Database, name: string): ExporterState | undefined {
  const row = database.prepare('SELECT next, state FROM exporters WHERE name = ?').get(name) as
    | { readonly next: number; readonly state: string }
    | undefined
  return row && { delivered: 0, failures: 0, ...membersOf(row.state), next: row.next }
}

/** What is stored of an exporter beside its cursor; nothing where that is damaged, so that it delivers all the same. */
function membersOf(state: string): Partial<ExporterState> {
  try {
    const value: unknown = JSON.parse(state)
    return isObject(value) ? value : {}
  } catch {
    // The next cursor that is saved takes its place.
    return {}
  }
}

/** What was set aside of an exporter, by index. */
export function loadSetAside(database: Database, name: string): SetAside[] {
  return database
    .prepare('SELECT idx AS "index", at, reason FROM set_aside WHERE exporter = ? ORDER BY idx')
    .all(name) as SetAside[]
}
