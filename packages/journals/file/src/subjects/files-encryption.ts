import { AuditError, isObject, refuseUnknown } from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import {
  type ContentsEncryption,
  contentsSettings,
  useContentsKeys
} from '@slm-audit/core/subjects'

/** How a log in files is encrypted, beside `recipients`. */
export interface FilesEncryption {
  /** How contents are encrypted by data subject. */
  readonly contents?: ContentsEncryption
}

/** What of the options says how contents are encrypted. Throws AuditError `bad_option`. */
export function contentsOf(encryption: unknown): ContentsEncryption | undefined {
  if (encryption === undefined) return undefined
  if (!isObject(encryption) || !isObject(encryption.contents)) {
    const message =
      'encryption must be { contents: { keys } }; whom all is encrypted to are recipients'
    throw new AuditError('bad_option', message)
  }
  refuseUnknown('encryption', encryption, ['contents'])
  contentsSettings(encryption.contents)
  return encryption.contents as unknown as ContentsEncryption
}

/** Lets this process open the contents of a log, where it is told how they are encrypted. Throws AuditError `bad_option`. */
export function unlockWith(directory: string, encryption: FilesEncryption | undefined): void {
  const contents = contentsOf(encryption)
  if (contents) useContentsKeys(realFile(directory), contents.keys, contentsSettings(contents))
}
