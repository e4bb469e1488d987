import * as nodeFiles from 'node:fs'
import { join } from 'node:path'
import type { StoredPlace } from '@slm-audit/core/node'
import { type FileSystem, readIfThere, replaceFile } from '../format/files.ts'

/**
 * How far each spool has become evidence: a small file for each beside the spools. It is written after the
 * records, so what is read again after a crash may be stored already, and is skipped then.
 */
export class SpoolPlaces {
  readonly #root: string
  readonly #files: FileSystem

  constructor(root: string, files: FileSystem = nodeFiles) {
    this.#root = root
    this.#files = files
  }

  read(spool: string): string | undefined {
    return readIfThere(this.#path(spool)).toString() || undefined
  }

  /** Throws the system's error. */
  store({ spool, place }: StoredPlace): void {
    if (place === undefined) this.#files.rmSync(this.#path(spool), { force: true })
    else replaceFile(this.#files, this.#path(spool), Buffer.from(place), false)
  }

  #path(spool: string): string {
    return join(this.#root, `${spool}.place`)
  }
}
