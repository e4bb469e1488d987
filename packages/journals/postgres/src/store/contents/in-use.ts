import { AuditError, type PendingRecord } from '@slm-audit/core/journal'
import {
  type BatchKeys,
  KeyOutOfUse,
  type RecordCipher,
  recordCipher,
  rowSubject
} from '@slm-audit/core/subjects'
import type { Connection } from '../../connection/connection.ts'
import { goneAmong } from './key-rows.ts'
import { namesAmong } from './pseudonym-rows.ts'

/**
 * Encrypts the contents of batches, and sees to it that those of a log that is encrypted are, with keys that are in use: what an
 * erasure has taken is not used again. The counter of erasures says when that is to be looked at.
 */
export class KeysInUse {
  readonly #origin: string
  /** What was found to be in use since the last erasure. */
  readonly #keys = new Set<number>()
  readonly #names = new Set<string>()
  #erasures: string | undefined
  #hasKeys = false
  #of: BatchKeys | undefined

  constructor(origin: string) {
    this.#origin = origin
  }

  /**
   * Begins a transaction, in which the log was found to have keys or not. Rejects with `KeyOutOfUse` where a key of the batch, or a
   * name, is gone.
   */
  async begin(
    connection: Connection,
    of: BatchKeys | undefined,
    { erasures, hasKeys }: { readonly erasures: string; readonly hasKeys: boolean }
  ): Promise<void> {
    this.#of = of
    this.#hasKeys = hasKeys
    if (!of) return
    if (erasures !== this.#erasures) this.forget()
    this.#erasures = erasures
    const keys = of.all.map(({ id }) => id).filter((id) => !this.#keys.has(id))
    const names = (of.names ?? []).filter((name) => !this.#names.has(name))
    if (keys.length > 0 && (await goneAmong(connection, keys)) > 0) throw new KeyOutOfUse('a batch')
    if (names.length > 0 && (await namesAmong(connection, names)).size < new Set(names).size)
      throw new KeyOutOfUse('a batch')
    for (const id of keys) this.#keys.add(id)
    for (const name of names) this.#names.add(name)
  }

  /** What encrypts the contents of a record; `undefined` for what stays plain. Throws AuditError `bad_key` where they must be encrypted and cannot be. */
  cipherOf({ record, contents }: PendingRecord, schema: string): RecordCipher | undefined {
    if (contents.length === 0) return undefined
    const subject = rowSubject(record)
    if (subject === undefined) return undefined
    const { auditId } = record
    const key = this.#of?.keyOf({ auditId, subject })
    if (key) return recordCipher(this.#origin, auditId, key)
    if (!this.#hasKeys) return undefined
    const message = `the contents of the log in ${schema} are encrypted; open it with their keys: encryption: { contents: { keys } }, or --contents-keys`
    throw new AuditError('bad_key', message)
  }

  /** Has all be looked at again: a transaction was undone, or something was erased. */
  forget(): void {
    this.#keys.clear()
    this.#names.clear()
    this.#erasures = undefined
  }
}
