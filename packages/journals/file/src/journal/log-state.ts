import { AuditError } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { Frontier, GrowingTree, hashReader, type TreeHead } from '@slm-audit/core/tlog'
import { endOf, type ReadLine } from '../format/line.ts'
import type { ClosedFile, OpenCall } from '../format/manifest.ts'
import { readClosed } from './closed-files.ts'
import { linesOfClosed } from './read-directory.ts'
import { TileFiles } from './tile-files.ts'

/** What follows from the lines of a log: its tree, its key, the calls that are open. */
export class LogState {
  readonly tiles: TileFiles
  readonly openCalls = new Map<string, OpenCall>()
  readonly #directory: string
  readonly #tree: GrowingTree
  /** The records of the file that is open, and of the one before. */
  #known = new Set<string>()
  #knownBefore = new Set<string>()
  #hasClosed = false
  #size = 0
  #key: string | undefined

  /** @param last The closed file that the lines come after. */
  constructor(directory: string, last?: ClosedFile) {
    this.#directory = directory
    this.tiles = new TileFiles(directory)
    this.#tree = new GrowingTree(this.tiles, nodeSha256)
    this.#size = last?.end ?? 0
    this.#key = last?.key
    for (const call of last?.open ?? []) this.openCalls.set(call.auditId, call)
    this.#tree.resume(this.#size)
  }

  get size(): number {
    return this.#size
  }

  get key(): string | undefined {
    return this.#key
  }

  /** Takes in the next line. Throws AuditError `journal_damaged` for one that is out of order. */
  apply(line: ReadLine): void {
    if (line.kind === 'end') return
    if (line.first !== this.#size) {
      throw new AuditError(
        'journal_damaged',
        `record ${line.first} stands where ${this.#size} belongs`
      )
    }
    if (line.kind === 'pruned') {
      for (const leaf of line.leaves) this.#tree.append(leaf)
      this.#size = endOf(line)
      return
    }
    for (const { auditId, kind, stage, leaf, key } of line.facts) {
      this.#tree.append(leaf)
      this.#known.add(`${auditId} ${stage}`)
      if (stage === 'received') {
        const { writer = '' } = line
        this.openCalls.set(auditId, { auditId, index: this.#size, kind, writer })
      } else if (stage !== 'event') this.openCalls.delete(auditId)
      this.#key = key ?? this.#key
      this.#size++
    }
  }

  /** Whether a record is among the newest: those of this file and of the one before. */
  has(auditId: string, stage: string): boolean {
    const name = `${auditId} ${stage}`
    return this.#known.has(name) || this.#knownBefore.has(name)
  }

  /** Adds the records of the newest closed file to those that `has` knows: a pending record sent again may be there. */
  async rememberClosed(): Promise<void> {
    if (this.#hasClosed) return
    const newest = readClosed(this.#directory)?.newest
    for (const line of newest ? await linesOfClosed(this.#directory, newest.file) : []) {
      if (line.kind === 'end') continue
      for (const { auditId, stage } of line.facts) this.#knownBefore.add(`${auditId} ${stage}`)
    }
    this.#hasClosed = true
  }

  /** A new file begins. */
  turn(): void {
    this.#knownBefore = this.#known
    this.#known = new Set()
  }

  /** The size and root of the log, now or at a size that it has had. */
  head(size = this.#size): TreeHead {
    return { size, root: size === this.#size ? this.#tree.root() : this.edge(size).root() }
  }

  /** The right edge of the tree, now or at a size that it has had. */
  edge(size = this.#size): Frontier {
    if (size === this.#size) return this.#tree.edge()
    this.saveTiles()
    return Frontier.load(size, hashReader(this.tiles.read, nodeSha256), nodeSha256)
  }

  /** Puts all tiles into `tiles`, also those that are not full. */
  saveTiles(): void {
    this.#tree.save()
  }

  /** The leaf hash of a record. */
  leafAt(index: number): Uint8Array {
    this.saveTiles()
    return hashReader(this.tiles.read, nodeSha256)({ level: 0, index })
  }
}
