import { AuditError } from '../base/error.ts'
import type { SealedRecord } from '../record/sealed-record.ts'

/**
 * What an application's own `encode` makes of a record. Throws AuditError `export_rejected` where it
 * throws, so that the record is set aside and the others go on; what it said may quote contents, so it
 * is the cause only.
 */
export function encodeWith<Encoded>(
  encode: (sealed: SealedRecord) => Encoded,
  sealed: SealedRecord
): Encoded {
  try {
    return encode(sealed)
  } catch (cause) {
    const message = `the function that encodes records threw for record ${sealed.index}`
    throw new AuditError('export_rejected', message, { cause })
  }
}
