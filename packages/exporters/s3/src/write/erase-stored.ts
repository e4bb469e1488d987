import type { Bucket } from '../bucket/bucket.ts'
import { encodeBatch } from '../format/batch.ts'
import { batchKey } from '../format/keys.ts'
import { listBatches, readBatch } from '../tree/stored-archive.ts'
import type { Erasures } from './erasures.ts'

/**
 * Takes what was erased out of the batches of an archive: the keys of the contents go, and with them the contents, also
 * where a lock keeps their bytes. Older versions of the batches are deleted, where the bucket keeps versions. Resolves
 * to what is to be told, where some of these are kept by a hold. Called before the record of the erasure is archived, so
 * that whatever is killed in between is done again.
 *
 * @param size How many records the archive has.
 */
export async function eraseStored(
  bucket: Bucket,
  erasures: Erasures,
  size: number,
  signal?: AbortSignal
): Promise<string | undefined> {
  if (erasures.areNone || !erasures.concern(0, size)) return undefined
  const firsts = await listBatches(bucket, 0, signal)
  let kept = 0
  for (const [at, first] of firsts.entries()) {
    if (!erasures.concern(first, firsts[at + 1] ?? size)) continue
    await eraseIn(bucket, first, erasures, signal)
    // Also where nothing was left to erase: whoever erased it may have been killed before this.
    kept += await bucket.removeOlder(batchKey(first), signal)
  }
  if (kept === 0) return undefined
  return `what was erased stays readable in ${kept} older versions of batches in ${bucket.address}, which a lock or a legal hold keeps; delete them when it ends`
}

async function eraseIn(
  bucket: Bucket,
  first: number,
  erasures: Erasures,
  signal: AbortSignal | undefined
): Promise<void> {
  for (;;) {
    const { batch, etag } = await readBatch(bucket, first, signal)
    const left = erasures.without(batch)
    if (!left) return
    const bytes = await encodeBatch(left)
    if (await bucket.replace(batchKey(first), bytes, etag, 'erasable', signal)) return
  }
}
