import { AuditError } from '../../base/error.ts'
import { type Opened, sealBytes } from './content-cipher.ts'
import type { DataKey } from './subject-keys.ts'

/** Encrypts parts of contents. */
export interface PartCipher {
  /** The number of the key. */
  readonly key: number
  /** Encrypts a part with its salt; the commitment is what it is bound to. */
  part(part: Opened, commitment: Uint8Array): Uint8Array
}

/** Encrypts the contents of one record. */
export interface RecordCipher extends PartCipher {
  /** Encrypts a content that is not in parts with its salt. */
  content(content: Opened, name: string): Uint8Array
}

/** What encrypts the contents of a record with a data key, bound to the log, the key, the call and the content or part. */
export function recordCipher(origin: string, auditId: string, data: DataKey): RecordCipher {
  const { id, name, key } = data
  const place = { origin, key: name }
  return {
    key: id,
    content: (content, contentName) =>
      sealBytes(key, content, { ...place, auditId, name: contentName }),
    part: (part, commitment) => sealBytes(key, part, { ...place, commitment })
  }
}

/** A key, or a pseudonym, must not be used any more: its subject was erased meanwhile. A store throws it, and the batch gets another. */
export class KeyOutOfUse extends AuditError {
  /** @param name That of the key, or the pseudonym. */
  constructor(name: string) {
    super('bad_key', `the subject of ${name} was erased; ask for another key`)
  }
}
