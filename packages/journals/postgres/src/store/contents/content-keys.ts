import {
  ContentKeys,
  contentsProviderAt,
  type StoredKey,
  type UsedProvider
} from '@slm-audit/core/subjects'
import type { Connection } from '../../connection/connection.ts'
import { nameOfPlace, type Place } from '../../connection/connection-options.ts'
import { originOf } from '../schema.ts'
import { keysAt } from './key-rows.ts'

/** Who reads contents that are encrypted: whoever has the keys of the log, or somebody who must not see them, as an index. */
export type Reading = 'opened' | 'closed'

/** Rows of keys that stay in memory; those of what is being read just now are the newest. */
const MOST_ROWS = 100_000

/** The keys that this thread knows of the contents of a log, as far as they were asked for. */
class LogKeys {
  readonly opened: ContentKeys
  readonly closed: ContentKeys
  readonly #rows = new Map<number, StoredKey>()

  constructor(origin: string, used: () => UsedProvider | undefined) {
    const lookup = {
      origin,
      keyAt: (id: number) => this.#rows.get(id),
      keysBehind: () => []
    }
    this.opened = new ContentKeys(lookup, used)
    this.closed = new ContentKeys(lookup, () => undefined)
  }

  /**
   * Reads the rows of keys. One that is known stays where it was destroyed meanwhile: another reader, at an earlier state of the log, may
   * be about to open contents with it.
   */
  async load(connection: Connection, ids: readonly number[]): Promise<void> {
    for (const row of await keysAt(connection, ids)) {
      const before = this.#rows.get(row.id)
      this.#rows.delete(row.id)
      this.#rows.set(row.id, row.wrapped || !before ? row : before)
    }
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= MOST_ROWS) return
      this.#rows.delete(id)
    }
  }
}

const known = new WeakMap<Place, LogKeys>()

async function logKeysOf(connection: Connection): Promise<LogKeys> {
  const { place } = connection
  const keys =
    known.get(place) ?? new LogKeys(await originOf(connection), () => providerOf(connection))
  known.set(place, keys)
  return keys
}

/** What this thread was told of the keys of a log's contents. */
export function providerOf({ place }: Pick<Connection, 'place'>): UsedProvider | undefined {
  return contentsProviderAt(nameOfPlace(place))
}

/** Makes something of encrypted contents with the keys of some numbers; again while keys had to be asked for. */
export async function withKeys<T>(
  connection: Connection,
  ids: readonly number[],
  reading: Reading,
  read: (keys: ContentKeys | undefined) => T
): Promise<T> {
  if (ids.length === 0) return read(undefined)
  const keys = await logKeysOf(connection)
  await keys.load(connection, ids)
  const used = keys[reading]
  return await used.read(() => read(used))
}

/** Why the key of a name could not be had; `undefined` where nobody was asked. */
export function problemOf({ place }: Connection, name: string): string | undefined {
  return known.get(place)?.opened.problemOf(name)
}
