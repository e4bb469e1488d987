import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CursorChange, ExporterState, SetAside } from '@slm-audit/core/journal'
import type { EngineCursors } from '@slm-audit/core/node'
import { type FileSystem, readIfThere, replaceFile } from '../format/files.ts'
import { fieldsOf } from '../format/record-line.ts'
import { FileLock } from './file-lock.ts'

/** What is known of an exporter, in one file, so that it changes as a whole. */
interface Stored {
  readonly state: ExporterState
  readonly setAside: readonly SetAside[]
}

/** Two that claim at once may both be refused; a short wait lets one of them through. */
const CLAIM_WAIT_MS = 50

/** The exporters that a log in files has delivered to. */
export function exporterNames(directory: string): string[] {
  return readdirSync(directory)
    .flatMap((file) => /^exporter-(.+)\.json$/.exec(file)?.[1] ?? [])
    .sort()
}

/** Where the exporters of a log in files are: `exporter-<name>.json`, and who delivers. */
export class ExporterCursors implements EngineCursors {
  readonly #directory: string
  readonly #files: FileSystem
  /** Whether a change waits for the disk. */
  readonly #sync: boolean
  readonly #held = new Map<string, { readonly holder: string; readonly lock: FileLock }>()

  constructor(directory: string, files: FileSystem, sync: boolean) {
    this.#directory = directory
    this.#files = files
    this.#sync = sync
  }

  release(name: string, holder: string): void {
    if (this.#held.get(name)?.holder === holder) this.#release(name)
  }

  load(name: string): ExporterState | undefined {
    return this.#load(name)?.state
  }

  setAside(name: string): readonly SetAside[] {
    return this.#load(name)?.setAside ?? []
  }

  /** Gives up all exporters. */
  close(): void {
    for (const name of [...this.#held.keys()]) this.#release(name)
  }

  claim(name: string, holder: string): boolean {
    const held = this.#held.get(name)
    if (held) return held.holder === holder
    const lock = new FileLock(this.#pathOf(name, 'lock'), CLAIM_WAIT_MS)
    try {
      lock.take()
    } catch {
      // Another process delivers.
      lock.close()
      return false
    }
    this.#held.set(name, { holder, lock })
    return true
  }

  /** The file of the lock stays, because who waits for it has it open. */
  #release(name: string): void {
    this.#held.get(name)?.lock.close()
    this.#held.delete(name)
  }

  save(name: string, holder: string, { expected, state, setAside }: CursorChange): boolean {
    const known = this.#load(name)
    if (this.#held.get(name)?.holder !== holder || known?.state.next !== expected) return false
    const others = (known?.setAside ?? []).filter(({ index }) => index !== setAside?.index)
    const all = setAside ? [...others, setAside].sort((a, b) => a.index - b.index) : others
    const stored: Stored = { state, setAside: all }
    const bytes = Buffer.from(JSON.stringify(stored))
    replaceFile(this.#files, this.#pathOf(name, 'json'), bytes, this.#sync)
    return true
  }

  #load(name: string): Stored | undefined {
    const text = readIfThere(this.#pathOf(name, 'json')).toString('utf8')
    return fieldsOf(text) as Stored | undefined
  }

  #pathOf(name: string, suffix: 'json' | 'lock'): string {
    return join(this.#directory, `exporter-${name}.${suffix}`)
  }
}
