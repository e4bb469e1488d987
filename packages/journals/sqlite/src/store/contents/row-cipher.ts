import { AuditError } from '@slm-audit/core/journal'
import {
  type BatchKeys,
  KeyOutOfUse,
  type RecordCipher,
  recordCipher,
  type SubjectRow
} from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { originOf } from '../schema.ts'
import { hasDataKeys, isKeyInUse } from './key-rows.ts'
import { isPseudonym } from './pseudonym-rows.ts'

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

  /** Begins a transaction. Throws `KeyOutOfUse` where a pseudonym of the batch is not known any more. */
  begin(keys: BatchKeys | undefined): void {
    this.#keys = keys
    this.#inUse.clear()
    this.#isEncrypted ||= hasDataKeys(this.#database)
    for (const name of keys?.names ?? []) {
      if (!isPseudonym(this.#database, name)) throw new KeyOutOfUse(name)
    }
  }

  /**
   * What encrypts the contents of a row; `undefined` for what stays plain. Throws AuditError `bad_key` where they must
   * be encrypted and cannot be.
   */
  of({ auditId, subject }: SubjectRow): RecordCipher | undefined {
    if (subject === undefined) return undefined
    const key = this.#keys?.keyOf({ auditId, subject })
    if (!key) {
      if (!this.#isEncrypted) return undefined
      const message = `the contents of ${this.#database.name} are encrypted; open the log with their keys (encryption.contents)`
      throw new AuditError('bad_key', message)
    }
    if (!this.#inUse.has(key.id) && !isKeyInUse(this.#database, key.id)) {
      throw new KeyOutOfUse(key.name)
    }
    this.#inUse.add(key.id)
    this.#origin ??= originOf(this.#database)
    return recordCipher(this.#origin, auditId, key)
  }
}
