import type { SealedRecord } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import { recordsOf } from '../format/line.ts'
import { textsFrom } from '../journal/read-directory.ts'

/**
 * The records of a log, from an index on, whose kind begins with one of some words. The lines of a batch show the kinds of
 * what is encrypted in them, so that no others are decrypted.
 */
export async function* eventsFrom(
  directory: string,
  decrypt: Cipher,
  kinds: string | readonly string[],
  fromIndex = 0
): AsyncGenerator<SealedRecord> {
  const named = [kinds].flat().map((kind) => `"kind":"${kind}`)
  const isNamed = (text: string) => named.some((each) => text.includes(each))
  for await (const { texts } of textsFrom(directory, fromIndex)) {
    for (const text of texts) {
      if (!isNamed(text)) continue
      for (const sealed of (await recordsOf(text, decrypt, false)) ?? []) {
        if (sealed.index >= fromIndex && isNamed(sealed.header)) yield sealed
      }
    }
  }
}
