import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Anchor } from '../anchors/anchor.ts'
import { AuditError } from '../base/error.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { checkConsistency, type TreeHead } from '../tlog/proof.ts'
import { nodeSha256 } from './signer.ts'

/**
 * Keeps the newest checkpoint in a file, best on a disk that the application's operator cannot
 * write otherwise. A checkpoint that does not continue the one in the file is refused, so that the
 * file stays as evidence.
 */
export function fileAnchor(path: string): Anchor {
  const file = resolve(path)
  return {
    name: `file ${basename(file)}`,
    async publish(checkpoint, log) {
      const kept = await readIfThere(file)
      if (kept !== undefined) {
        const first = parseCheckpoint(kept)
        const second = parseCheckpoint(checkpoint)
        if (first.origin !== second.origin) {
          throw new AuditError('anchor_failed', `${file} is the anchor of ${first.origin}`)
        }
        const size = await log.size()
        if (first.size > size) {
          const message = `${file} has seen ${first.size} records, the log has ${size}`
          throw new AuditError('history_rewritten', message)
        }
        // Another writer of the log may have been quicker with a later checkpoint.
        const isLater = first.size > second.size
        const [older, newer] = isLater ? [second, first] : [first, second]
        const proof = await log.consistencyProof(older.size, newer.size)
        checkContinues(file, older, newer, proof)
        if (isLater) return undefined
      }
      await replaceFile(file, checkpoint)
      return undefined
    }
  }
}

function checkContinues(
  file: string,
  older: TreeHead,
  newer: TreeHead,
  proof: readonly Uint8Array[]
): void {
  try {
    checkConsistency(older, newer, proof, nodeSha256)
  } catch (cause) {
    if (!AuditError.is(cause)) throw cause
    const message = `the log does not continue the checkpoint of ${file}: ${cause.message}`
    throw new AuditError('history_rewritten', message, { cause })
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

/** Whole or not at all, also when power is lost. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  try {
    const handle = await open(draft, 'wx', 0o644)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } catch (cause) {
    await rm(draft, { force: true })
    throw cause
  }
}
