import { ContentKeys } from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { contentsProviderOf } from '../../encryption/contents-provider.ts'
import { originOf } from '../schema.ts'
import { keyAt, keysBehind } from './key-rows.ts'
import { isSealedHandle } from './sealed-handle.ts'

/** Reads something, again while keys had to be asked for: of contents that cannot be opened it says so. */
export function readWithKeys<T>(database: Database, read: () => T | Promise<T>): Promise<T> {
  return contentKeysOf(database).read(read)
}

const known = new WeakMap<Database, ContentKeys>()

/** What opens the contents of a log that is read by a handle. */
export function contentKeysOf(database: Database): ContentKeys {
  const keys = known.get(database) ?? newContentKeys(database)
  known.set(database, keys)
  return keys
}

function newContentKeys(database: Database): ContentKeys {
  let origin: string | undefined
  const lookup = {
    get origin() {
      origin ??= originOf(database)
      return origin
    },
    keyAt: (id: number) => keyAt(database, id),
    keysBehind: (id: number) => keysBehind(database, id)
  }
  return new ContentKeys(lookup, () =>
    isSealedHandle(database) ? undefined : contentsProviderOf(database.name)
  )
}
