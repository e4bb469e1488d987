import { toBase64 } from '../base/base64.ts'
import type { TreeHead } from '../tlog/proof.ts'
import type { OpenedSigner } from './signer.ts'

/** No log has this name, so that no mark is ever a checkpoint. */
const FIRST_LINE = 'slm-audit end'

const encoder = new TextEncoder()

/**
 * The mark that a writer with the log's key leaves with the records it appends: a signature over size and root that stays
 * in the store and is shown to nobody, in base64. Whoever opens the log with the key makes the mark again and
 * compares: records that were written without the key have none. `undefined` for a key that is held elsewhere, which
 * would have to be asked for each batch.
 *
 * @param origin The log's name.
 * @param head The log's size and root with the records.
 */
export function endMark(
  { signNow }: Pick<OpenedSigner, 'signNow'>,
  origin: string,
  { size, root }: TreeHead
): string | undefined {
  if (!signNow) return undefined
  const text = `${FIRST_LINE}\n${origin}\n${size}\n${toBase64(root)}\n`
  return toBase64(signNow(encoder.encode(text)))
}
