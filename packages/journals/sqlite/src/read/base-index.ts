import { existsSync } from 'node:fs'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { indexPath, isIndex, placeOf, sizeIfIndexed } from '../index/index-database.ts'
import { holdFile } from '../store/held-file.ts'
import { openReadOnly, wasWritten } from '../store/open-database.ts'
import { IndexLayer } from './index-layer.ts'

interface OpenIndex {
  readonly database: Database
  readonly layer: IndexLayer
  readonly check: () => void
}

interface FoundIndex {
  readonly layer: IndexLayer
  readonly reached: number
  readonly parts: number
  readonly size: number
}

/** The index file of a log, as readers have it: used where it is there and of this log, else done without. */
export class BaseIndex {
  readonly #evidence: Database
  readonly #path: string
  #open: OpenIndex | undefined
  /** What was found by which states of index and log: SQLite gives each state that somebody made a number of its own. */
  #found: (FoundIndex & { readonly states: string }) | undefined
  #isDamaged: (() => boolean) | undefined

  constructor(evidence: Database, file: string) {
    this.#evidence = evidence
    this.#path = indexPath(file)
  }

  /** The index, how far it has come, and the size of the log; `undefined` where there is none that can be used. */
  get(): FoundIndex | undefined {
    try {
      this.#open?.check()
      if (this.#open && wasWritten(this.#open.database)) this.close()
      this.#open ??= this.#reopen()
      if (!this.#open) return undefined
      const { database, layer } = this.#open
      const states = `${stateOf(database)} ${stateOf(this.#evidence)}`
      if (this.#found?.states === states) return this.#found
      const { reached, parts, ...place } = placeOf(database)
      const size = sizeIfIndexed(this.#evidence, { ...place, reached })
      if (size !== undefined) {
        this.#found = { layer, reached, parts, size, states }
        return this.#found
      }
    } catch {
      // It was removed, replaced or damaged meanwhile; the evidence says all that it says.
    }
    this.close()
    return undefined
  }

  /** The index that was used last, without looking at its file again. */
  get layer(): IndexLayer | undefined {
    return this.#open?.layer
  }

  /** Whether what was found in it may be of two states of the file. */
  get isStale(): boolean {
    return this.#open !== undefined && wasWritten(this.#open.database)
  }

  /** Does without the index as long as the file is the same; false where there is none to do without. */
  giveUp(): boolean {
    const found = this.#open
    if (!found) return false
    this.#isDamaged = () => isHeld(found.check)
    this.close()
    return true
  }

  close(): void {
    this.#open?.database.close()
    this.#open = undefined
    this.#found = undefined
  }

  #reopen(): OpenIndex | undefined {
    if (this.#isDamaged?.()) return undefined
    this.#isDamaged = undefined
    if (!existsSync(this.#path)) return undefined
    const database = openReadOnly(this.#path)
    try {
      if (isIndex(database)) {
        return { database, layer: new IndexLayer(database), check: holdFile(this.#path) }
      }
    } catch (error) {
      database.close()
      throw error
    }
    database.close()
    return undefined
  }
}

/** A number that is another one once another handle has changed the database (https://sqlite.org/pragma.html#pragma_data_version). */
function stateOf(database: Database): unknown {
  return prepared(database, 'PRAGMA data_version').pluck().get()
}

function isHeld(check: () => void): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}
