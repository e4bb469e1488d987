import {
  AuditError,
  KnownParts,
  type PendingRecord,
  type SealedRecord,
  seal
} from '@slm-audit/core/journal'
import { newSaltSource, nodeSha256 } from '@slm-audit/core/node'
import {
  type BatchKeys,
  KeyOutOfUse,
  type NamedRow,
  type RowSubject,
  recordCipher,
  rowSubject
} from '@slm-audit/core/subjects'
import { sealedContents } from '../subjects/seal-contents.ts'
import type { SubjectFile } from '../subjects/subject-file.ts'

/** A pending record with whose its contents are. */
export interface FileRow extends PendingRecord, NamedRow {
  readonly subject: RowSubject | undefined
}

function isRow(pending: PendingRecord): pending is FileRow {
  return 'auditId' in pending
}

/** The row of a pending record. */
export function fileRow(pending: PendingRecord): FileRow {
  const { record } = pending
  return { ...pending, auditId: record.auditId, subject: rowSubject(record) }
}

/** How a batch is appended. */
export interface Appending {
  /** Whether the disk holds the records whatever the log's level is; false unless given. */
  readonly isSynced?: boolean
  /** What contents are encrypted with, where the log does that by data subject. */
  readonly keys?: BatchKeys | undefined
}

/** Seals records, and encrypts their contents where the log does that by data subject. */
export class Sealing {
  readonly #origin: string
  readonly #subjects: SubjectFile
  readonly #randomness = { newSalt: newSaltSource(), hash: nodeSha256 }
  readonly #known = new KnownParts(this.#randomness)

  constructor(origin: string, subjects: SubjectFile) {
    this.#origin = origin
    this.#subjects = subjects
  }

  /** What others have erased is sealed anew where it comes again. */
  forget(): void {
    this.#known.forget()
  }

  /**
   * Records in their places, from an index on, as they are stored. Under the log's lock. Throws `KeyOutOfUse` where one of the
   * keys, or of the names, must not be used any more, and AuditError `bad_key` where contents must be encrypted and there is no key.
   */
  seal(
    pending: readonly PendingRecord[],
    from: number,
    keys: BatchKeys | undefined
  ): SealedRecord[] {
    const isEncrypted = this.#subjects.hasKeys
    for (const { id, name } of keys?.all ?? []) {
      if (!this.#subjects.isInUse(id)) throw new KeyOutOfUse(name)
    }
    for (const name of keys?.names ?? []) {
      if (!this.#subjects.userNamed(name)) throw new KeyOutOfUse(name)
    }
    const sealer = { origin: this.#origin, ...this.#randomness, known: this.#known }
    return pending.map((one, at) => {
      const sealed = seal(one, from + at, sealer)
      const row = isRow(one) ? one : fileRow(one)
      const key = sealed.contents.length > 0 ? keys?.keyOf(row) : undefined
      if (key) {
        const cipher = recordCipher(this.#origin, row.auditId, key)
        return { ...sealed, contents: sealedContents(sealed.contents, cipher, key.name) }
      }
      if (isEncrypted && row.subject && sealed.contents.length > 0) throw this.#locked()
      return sealed
    })
  }

  #locked(): AuditError {
    const message = `the contents of this log are encrypted by the keys in ${this.#subjects.path}; open it with what these are wrapped with (encryption.contents)`
    return new AuditError('bad_key', message)
  }
}
