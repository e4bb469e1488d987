import { fileURLToPath } from 'node:url'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import {
  isKeyProvider,
  type KeyProvider,
  type KeyProviderSource,
  localKeyProvider,
  readWrappingKeys
} from '@slm-audit/core/node'
import { realFile } from '../driver/real-file.ts'
import { type ContentsSettings, DEFAULTS } from './contents-options.ts'

/** Where the keys are that open a log's contents, as threads that are started later are told. */
type LocalSource = { readonly file: string } | { readonly env: string }

/** A provider as this thread has it. */
export interface UsedProvider {
  readonly provider: KeyProvider
  /** Whether other threads of this process have it, too. */
  readonly isShared: boolean
  /** How long keys stay, and how many. */
  readonly settings: ContentsSettings
}

type LocalSources = ReadonlyMap<
  string,
  { readonly source: LocalSource; readonly settings: ContentsSettings }
>

/** The sources of keys, by the file of the log. Threads that are started later know them, too. */
const NAME = 'slm-audit contents keys'

/** Providers that are functions of this thread, and those of the sources, by the file of the log. */
const own = new Map<string, UsedProvider>()
const made = new WeakMap<object, UsedProvider>()

/** Says where the keys of a log's contents are: to this thread and, where they are not behind functions, to those it starts. */
export function useContentsKeys(
  file: string,
  keys: KeyProviderSource,
  settings: ContentsSettings = DEFAULTS
): void {
  const path = realFile(file)
  if (isKeyProvider(keys)) {
    own.set(path, { provider: keys, isShared: false, settings })
    return
  }
  own.delete(path)
  setEnvironmentData(NAME, new Map(sources()).set(path, { source: keys, settings }) as never)
}

/**
 * Lets this process open the encrypted contents of a log and, unless the keys are behind functions, threads that it
 * starts from now on. Throws AuditError `bad_key` for a source that holds no keys.
 */
export function unlockContents(file: string, keys: KeyProviderSource): void {
  if (!isKeyProvider(keys)) readWrappingKeys(keys)
  useContentsKeys(file, keys)
}

/** What opens the contents of a log, if this thread was told; `location` is what its database was opened with. */
export function contentsProviderOf(location: string): UsedProvider | undefined {
  const path = location.startsWith('file:') ? fileURLToPath(withoutQuery(location)) : location
  const known = own.get(path)
  if (known) return known
  const entry = sources().get(path)
  if (!entry) return undefined
  const found = made.get(entry) ?? {
    provider: localKeyProvider(entry.source),
    isShared: true,
    settings: entry.settings
  }
  made.set(entry, found)
  return found
}

function withoutQuery(uri: string): URL {
  const url = new URL(uri)
  url.search = ''
  return url
}

function sources(): LocalSources {
  return (getEnvironmentData(NAME) as unknown as LocalSources | undefined) ?? new Map()
}
