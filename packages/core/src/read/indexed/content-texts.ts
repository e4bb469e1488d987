import { encryptedWith } from '../../journal/join-parts.ts'
import { parseRecord, type SealedRecord } from '../../record/sealed-record.ts'
import type { CallSummary } from '../call-summary.ts'
import { callDocument } from './call-document.ts'

/**
 * What a listing shows of a call of which the index has no texts, because its contents are encrypted and the index is not: how
 * question and answer begin where they could be opened, and the name of the key where they could not.
 *
 * @param records Those of the call, in order, as they could be read.
 */
export function withContentTexts(
  item: CallSummary,
  records: readonly Pick<SealedRecord, 'index' | 'header' | 'contents'>[]
): CallSummary {
  const [first, ...rest] = records.map((sealed) => ({ ...sealed, header: parseRecord(sealed) }))
  if (!first) return item
  const encrypted = records.flatMap(({ contents }) =>
    contents.flatMap((each) => encryptedWith(each) ?? [])
  )[0]
  const { question, answer } = callDocument([first, ...rest])
  return {
    ...item,
    ...(question !== null && { question }),
    ...(answer !== null && { answer }),
    ...(encrypted !== undefined && { encrypted })
  }
}
