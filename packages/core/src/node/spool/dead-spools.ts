import { join } from 'node:path'
import { now, tick } from '../../base/clock.ts'
import { nodeFiles, type SpoolFiles } from './files.ts'
import { isSameOwner, livenessOf, type Owner, thisThread } from './owner.ts'
import { handOver, listSpoolFolders, namesIn, type SpoolFolder } from './spool-folder.ts'

/**
 * Where nobody can tell whether an owner runs, its spool is dead once nothing in it has changed for so
 * long while it was watched, or for so much longer by the clocks. Owners touch their folders meanwhile.
 */
const LEASE_MS = 60_000
const OLD_MS = 600_000
/** How often an owner touches its folder, in milliseconds. */
export const TOUCH_MS = 20_000

/** Finds the spools whose owners are gone, and takes them over. */
export class DeadSpools {
  readonly #root: string
  readonly #files: SpoolFiles
  readonly #clock: () => number
  #known: Owner | undefined
  /** By path, what was seen of spools whose owners nobody can tell of, and since when. */
  readonly #seen = new Map<string, { readonly stamp: number; readonly since: number }>()

  /** `clock` gives monotonic milliseconds. */
  constructor(root: string, files: SpoolFiles = nodeFiles, clock: () => number = tick) {
    this.#root = root
    this.#files = files
    this.#clock = clock
  }

  /**
   * Takes over each dead spool that nobody else takes at the same moment; its owner is this
   * thread then. Those with an id in `except` stay. Throws the system's error.
   */
  take(except: ReadonlySet<string> = new Set()): SpoolFolder[] {
    const taken: SpoolFolder[] = []
    for (const folder of listSpoolFolders(this.#files, this.#root)) {
      if (except.has(folder.id) || !this.#isOthers(folder) || !this.#isDead(folder)) continue
      const mine = handOver(this.#files, this.#root, folder, this.#here)
      this.#seen.delete(folder.path)
      if (mine) taken.push(mine)
    }
    return taken
  }

  /** The spools that are there to be taken over. Throws the system's error. */
  get found(): SpoolFolder[] {
    return listSpoolFolders(this.#files, this.#root).filter(
      (folder) => this.#isOthers(folder) && this.#isDead(folder)
    )
  }

  /** Whether there are spools of which nobody can tell yet whether their owners run. */
  get areAnyLeft(): boolean {
    return listSpoolFolders(this.#files, this.#root).some(
      (folder) => this.#isOthers(folder) && livenessOf(folder.owner) !== 'alive'
    )
  }

  /** Found out where there is a spool: most who look find none. */
  get #here(): Owner {
    this.#known ??= thisThread()
    return this.#known
  }

  #isOthers({ owner }: SpoolFolder): boolean {
    return !isSameOwner(owner, this.#here)
  }

  #isDead(folder: SpoolFolder): boolean {
    if (folder.owner.pid === 0) return true
    const liveness = livenessOf(folder.owner)
    return liveness === 'unknown' ? this.#hasExpired(folder.path) : liveness === 'dead'
  }

  #hasExpired(path: string): boolean {
    const stamp = lastChange(this.#files, path)
    const seen = this.#seen.get(path)
    if (seen?.stamp !== stamp) this.#seen.set(path, { stamp, since: this.#clock() })
    else if (this.#clock() - seen.since > LEASE_MS) return true
    return now() - stamp > OLD_MS
  }
}

/** Says that the owner of a spool still runs. Never throws. */
export function touchSpool(path: string, files: SpoolFiles = nodeFiles): void {
  try {
    const at = new Date()
    files.utimesSync(path, at, at)
  } catch {
    // It has been taken over; its writer notices at its next segment.
  }
}

/** When something in a folder changed last, in Unix milliseconds. */
function lastChange(files: SpoolFiles, path: string): number {
  const paths = [path, ...namesIn(files, path).map((name) => join(path, name))]
  const times = paths.map((each) => timeOf(files, each))
  return Math.max(...times)
}

function timeOf(files: SpoolFiles, path: string): number {
  try {
    return files.statSync(path).mtimeMs
  } catch {
    // Its owner has just removed it.
    return now()
  }
}
