import { AuditError } from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { originOf } from '../schema.ts'
import { type Opened, sealBytes } from './content-cipher.ts'
import { hasDataKeys, isKeyInUse } from './key-rows.ts'
import type { RowSubject } from './row-subject.ts'
import type { BatchKeys, DataKey } from './subject-keys.ts'

/** Encrypts parts of contents. */
export interface PartCipher {
  /** The number of the key. */
  readonly key: number
  part(part: Opened, commitment: Uint8Array): Uint8Array
}

/** Encrypts the contents of one record. */
export interface RecordCipher extends PartCipher {
  content(content: Opened, name: string): Uint8Array
}

/** Encrypts the contents of the rows of a batch, and sees to it that those of a log that is encrypted are. */
export class RowCipher {
  readonly #database: Database
  #origin: string | undefined
  #isEncrypted = false
  #keys: BatchKeys | undefined
  /** Keys that were found to be in use in this transaction. */
  readonly #inUse = new Set<number>()

  constructor(database: Database) {
    this.#database = database
  }

  /** Begins a transaction. */
  begin(keys: BatchKeys | undefined): void {
    this.#keys = keys
    this.#inUse.clear()
    this.#isEncrypted ||= hasDataKeys(this.#database)
  }

  /**
   * What encrypts the contents of a row; `undefined` for what stays plain. Throws AuditError `bad_key` where they must
   * be encrypted and cannot be.
   */
  of(row: {
    readonly auditId: string
    readonly subject?: RowSubject | undefined
  }): RecordCipher | undefined {
    const { auditId, subject } = row
    if (subject === undefined) return undefined
    const key = this.#keys?.keyOf({ auditId, subject })
    if (key) return this.#cipher(auditId, key)
    if (!this.#isEncrypted) return undefined
    const message = `the contents of ${this.#database.name} are encrypted; open the log with their keys (encryption.contents)`
    throw new AuditError('bad_key', message)
  }

  #cipher(auditId: string, { id, name: key, key: bytes }: DataKey): RecordCipher {
    if (!this.#inUse.has(id) && !isKeyInUse(this.#database, id)) throw new KeyOutOfUse(key)
    this.#inUse.add(id)
    this.#origin ??= originOf(this.#database)
    const place = { origin: this.#origin, key }
    return {
      key: id,
      content: (content, name) => sealBytes(bytes, content, { ...place, auditId, name }),
      part: (part, commitment) => sealBytes(bytes, part, { ...place, commitment })
    }
  }
}

/** A key must not be used any more: its subject was erased meanwhile. */
export class KeyOutOfUse extends AuditError {
  constructor(key: string) {
    super('bad_key', `the subject of ${key} was erased; ask for another key`)
  }
}
