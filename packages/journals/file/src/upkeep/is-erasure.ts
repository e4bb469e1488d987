import { CONTENTS_ERASED, type SealedRecord } from '@slm-audit/core/journal'

/** Whether a record says that others have lost contents. */
export function isErasure({ header }: SealedRecord): boolean {
  return header.includes(`"kind":"${CONTENTS_ERASED}"`)
}
