import { existsSync } from 'node:fs'
import type { Database } from '../driver/database.ts'
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
      const place = placeOf(this.#open.database)
      const size = sizeIfIndexed(this.#evidence, place)
      if (size !== undefined) {
        return { layer: this.#open.layer, reached: place.reached, parts: place.parts, size }
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

function isHeld(check: () => void): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}
