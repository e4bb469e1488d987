import type { SealedRecord } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import type { Compression } from '../format/compression.ts'
import { encodeBatch } from '../format/line.ts'
import { encodeRecord } from '../format/record-line.ts'

/** How lines are written. */
interface LineSettings {
  readonly encrypt?: Cipher | undefined
  readonly compression?: Compression | undefined
  readonly writer?: string | undefined
}

/**
 * The lines of records in their order, encrypted where the log is. Records that only the journal itself writes stay
 * readable: they hold no texts of anybody.
 */
export async function encodeLines(
  records: readonly SealedRecord[],
  { encrypt, compression, writer }: LineSettings
): Promise<string[]> {
  if (!encrypt) return records.map((sealed) => encodeRecord(sealed, writer))
  const lines: string[] = []
  let batch: SealedRecord[] = []
  const flush = async (): Promise<void> => {
    if (batch.length > 0) lines.push(await encodeBatch(batch, encrypt, compression, writer))
    batch = []
  }
  for (const sealed of records) {
    if (!/"kind":"key\.added"/.test(sealed.header)) batch.push(sealed)
    else {
      await flush()
      lines.push(encodeRecord(sealed, writer))
    }
  }
  await flush()
  return lines
}
