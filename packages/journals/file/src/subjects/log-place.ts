import { type KeyProviderSource, realFile } from '@slm-audit/core/node'
import { contentsProviderAt, type UsedProvider, unlockContentsAt } from '@slm-audit/core/subjects'

/**
 * Lets this process open the encrypted contents of a log in files. Throws AuditError `bad_key` for a source that holds no keys.
 */
export function unlockContents(directory: string, keys: KeyProviderSource): void {
  unlockContentsAt(realFile(directory), keys)
}

/** What opens the contents of a log in files, if this thread was told. */
export function contentsProviderOf(directory: string): UsedProvider | undefined {
  return contentsProviderAt(realFile(directory))
}

/**
 * What the name of the secret begins with that subjects are hashed with: `<directory>.secret`, beside the directory as the
 * log's key is, so that whoever hands the directory over does not hand over whose the keys are.
 */
export function secretRootOf(directory: string): string {
  return realFile(directory)
}
