import type { CheckpointStore, KeptCheckpoint } from '@slm-audit/core/node'
import { parseCheckpoint, type ReadTile, type TreeHead } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { newestKey } from '../store/key-records.ts'
import { sizeOf } from '../store/sealed-rows.ts'
import { newestCheckpoint, storeCheckpoint } from '../store/stored-checkpoints.ts'
import { proofIn, type StoredTiles } from '../store/stored-tiles.ts'
import { headPathsOf, type SignedLog } from './open-log.ts'

/** Runs something on the log's connection, in its turn. */
export type UseLog = <T>(run: (connection: Connection) => Promise<T>) => Promise<T>

/**
 * What the checkpointer signs. What it asks for at once, newest key, newest size and proofs, is as `head` has found it.
 */
export class LogCheckpoints implements CheckpointStore {
  readonly origin: string
  readonly #opening: SignedLog
  readonly #use: UseLog
  readonly #append: CheckpointStore['append']
  #key: string | undefined
  #newest = 0
  #read: ReadTile = () => new Uint8Array()

  /** Handed on without its object. */
  readonly proof = (first: number, second: number): Uint8Array[] =>
    proofIn(this.#read, first, second)

  private constructor(opening: SignedLog, use: UseLog, append: CheckpointStore['append']) {
    this.origin = opening.origin
    this.#opening = opening
    this.#use = use
    this.#append = append
  }

  /** The checkpoints of a log that is open. */
  static async of(
    opening: SignedLog,
    connection: Connection,
    use: UseLog,
    append: CheckpointStore['append']
  ): Promise<LogCheckpoints> {
    const checkpoints = new LogCheckpoints(opening, use, append)
    await checkpoints.#look(connection)
    return checkpoints
  }

  append(...[one]: Parameters<CheckpointStore['append']>): void | Promise<void> {
    return this.#append(one)
  }

  head(kept: readonly KeptCheckpoint[] = []): Promise<TreeHead> {
    return this.#use(async (connection) => {
      await this.#look(connection)
      const size = await sizeOf(connection)
      const head = await this.#opening.writer.head(connection, size)
      const sizes = kept.flatMap(({ checkpoint }) => sizesIn(checkpoint, size))
      await this.#opening.tiles.reading(connection, (read) => {
        for (const first of sizes) proofIn(read, first, size)
        this.#read = read
      })
      return head
    })
  }

  headPaths(): string[] {
    return headPathsOf(this.#opening, this.#key)
  }

  newestSize(): number {
    return this.#newest
  }

  newestKey(): string | undefined {
    return this.#key
  }

  store(size: number, note: string): Promise<boolean> {
    return this.#use(async (connection) => {
      const isStored = await storeCheckpoint(connection, size, note)
      this.#newest = Math.max(this.#newest, size)
      return isStored
    })
  }

  async #look(connection: Connection): Promise<void> {
    this.#key = await newestKey(connection)
    this.#newest = (await newestCheckpoint(connection))?.size ?? 0
  }
}

/** The size that a kept head says, where a log of another size can continue it. */
function sizesIn(checkpoint: string | undefined, size: number): number[] {
  try {
    const kept = parseCheckpoint(checkpoint ?? '').size
    return kept > size ? [] : [kept]
  } catch {
    // The checkpointer says what is wrong with it.
    return []
  }
}

/** The consistency proof from one size of a log to another. */
export function proofBetween(
  tiles: StoredTiles,
  connection: Connection,
  first: number,
  second: number
): Promise<Uint8Array[]> {
  return tiles.reading(connection, (read) => proofIn(read, first, second))
}
