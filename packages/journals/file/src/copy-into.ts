import * as nodeFiles from 'node:fs'
import { AuditError, type SealedRecord } from '@slm-audit/core/journal'
import {
  type CopiedCheckpoint,
  type CopySource,
  copySealed,
  tellLosses
} from '@slm-audit/core/node'
import { checkFileOptions, type FileOptions } from './file-options.ts'
import { decrypterFor, encrypterFor } from './format/age.ts'
import { addCheckpoint, newestCheckpoint } from './format/checkpoint-file.ts'
import { LogFiles } from './journal/log-files.ts'
import { followErasures } from './upkeep/follow-erasures.ts'

/**
 * Copies a log into a directory of files: the same records at the same indices, with the same salts and checkpoints.
 * What is there already is compared and left, also where retention has taken some of it since. Resolves to how many records were
 * new. Rejects with AuditError as `copySealed`, and `bad_option` for a directory of another log.
 */
export async function copyIntoFiles(
  options: FileOptions,
  source: CopySource,
  onProgress?: (done: number, of: number) => void
): Promise<number> {
  const settings = checkFileOptions(options)
  const { directory, recipients, compression } = settings
  const encrypt = await encrypterFor(recipients)
  const log = new LogFiles({ ...settings, origin: source.origin, encrypt })
  try {
    if (log.origin !== source.origin) {
      const message = `${directory} holds the log ${log.origin}, not ${source.origin}; copy into another directory`
      throw new AuditError('bad_option', message)
    }
    const signed = newestCheckpoint(directory)?.size ?? 0
    const before = log.state.size
    const target = {
      name: directory,
      size: before,
      edge: (size: number) => log.state.edge(size),
      leafAt: (index: number) => log.state.leafAt(index),
      async store(batch: readonly SealedRecord[]) {
        await log.copy(batch)
        // A copy that only others can read is left as it is.
        if (encrypt || !tellLosses(batch, before)) return
        const decrypt = await decrypterFor([])
        await followErasures({ directory, log, decrypt }, batch, compression)
      },
      addCheckpoint(checkpoint: CopiedCheckpoint) {
        if (checkpoint.size > signed) addCheckpoint(nodeFiles, directory, checkpoint)
      }
    }
    return await copySealed(source, target, onProgress)
  } finally {
    log.close()
  }
}
