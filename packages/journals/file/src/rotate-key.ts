import * as nodeFiles from 'node:fs'
import { resolve } from 'node:path'
import type { AdminSigning } from '@slm-audit/core/journal'
import { type OpenedSigner, rotateSigningKeyFile } from '@slm-audit/core/node'
import type { Signer } from '@slm-audit/core/tlog'
import { closedOf } from './journal/read-directory.ts'
import { type AdminKeys, administer } from './upkeep/administer.ts'
import { changeKey, newestKeyIn } from './upkeep/change-key.ts'

/** Where the newest head of a log in files is kept, and who reads its records. */
export type FileKeyRotation = Omit<AdminSigning, 'signer'> & AdminKeys

/**
 * Gives a log in files another key: the change is a record, and the checkpoint behind it is signed by both keys, so that whoever
 * trusts the old key can trust the new one. Writers that are running take the new key of a key file by themselves. Rejects with
 * AuditError `bad_key`, also without an identity where the log is encrypted, and `history_rewritten` for a log that does not
 * continue the heads that were kept of it.
 */
export async function rotateKey(
  path: string,
  from: OpenedSigner,
  to: OpenedSigner,
  options: FileKeyRotation = {}
): Promise<void> {
  const { identities = [], recipients = [], ...places } = options
  const signing = { ...places, signer: from }
  await administer(path, signing, { identities, recipients }, (files, signAs) =>
    changeKey(files, { from, to, signAs, places }, nodeFiles)
  )
}

/**
 * `rotateKey` for a key in a file: makes the new key and puts it in the old one's place. A process killed in between leaves
 * the new key beside it, and the next opening of the log takes it, as does the next run.
 */
export async function rotateKeyFile(
  path: string,
  keyFile: string,
  options: Omit<FileKeyRotation, 'keyFile'> = {}
): Promise<Signer> {
  const directory = resolve(path)
  // First, so that a key is made for a log alone.
  closedOf(directory)
  const { identities = [], recipients = [], ...places } = { ...options, keyFile }
  return await rotateSigningKeyFile(keyFile, {
    newestKey: () => newestKeyIn(directory),
    change: (from, to, isRecorded) =>
      isRecorded
        ? administer(
            directory,
            { ...places, signer: to },
            { identities, recipients },
            () => undefined
          )
        : rotateKey(directory, from, to, { ...places, identities, recipients })
  })
}
