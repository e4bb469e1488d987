import type { SealedRecord } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import { recordsOf } from '../format/line.ts'
import { textsFrom } from '../journal/read-directory.ts'

/**
 * The records of a log, from an index on, whose kind begins with some letters. The lines of a batch show the kinds of what
 * is encrypted in them, so that no others are decrypted.
 */
export async function* eventsFrom(
  directory: string,
  decrypt: Cipher,
  kind: string,
  fromIndex = 0
): AsyncGenerator<SealedRecord> {
  const named = `"kind":"${kind}`
  for await (const { texts } of textsFrom(directory, fromIndex)) {
    for (const text of texts) {
      if (!text.includes(named)) continue
      for (const sealed of (await recordsOf(text, decrypt, false)) ?? []) {
        if (sealed.index >= fromIndex && sealed.header.includes(named)) yield sealed
      }
    }
  }
}
