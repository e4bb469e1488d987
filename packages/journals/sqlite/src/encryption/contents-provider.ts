import { fileURLToPath } from 'node:url'
import type { KeyProviderSource } from '@slm-audit/core/node'
import { realFile } from '@slm-audit/core/node'
import {
  type ContentsSettings,
  contentsProviderAt,
  type UsedProvider,
  unlockContentsAt,
  useContentsKeys as useKeysAt
} from '@slm-audit/core/subjects'

/** Says where the keys of a log's contents are: to this thread and, where they are not behind functions, to those it starts. */
export function useContentsKeys(
  file: string,
  keys: KeyProviderSource,
  settings?: ContentsSettings
): void {
  useKeysAt(realFile(file), keys, settings)
}

/**
 * Lets this process open the encrypted contents of a log and, unless the keys are behind functions, threads that it
 * starts from now on. Throws AuditError `bad_key` for a source that holds no keys.
 */
export function unlockContents(file: string, keys: KeyProviderSource): void {
  unlockContentsAt(realFile(file), keys)
}

/** What opens the contents of a log, if this thread was told; `location` is what its database was opened with. */
export function contentsProviderOf(location: string): UsedProvider | undefined {
  const path = location.startsWith('file:') ? fileURLToPath(withoutQuery(location)) : location
  return contentsProviderAt(path)
}

function withoutQuery(uri: string): URL {
  const url = new URL(uri)
  url.search = ''
  return url
}
