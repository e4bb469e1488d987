import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { isKeyProvider, type KeyProvider, type KeyProviderSource } from '../key-provider.ts'
import { localKeyProvider, readWrappingKeys } from '../wrapping-keys.ts'
import { type ContentsSettings, DEFAULTS } from './contents-options.ts'

/** Where the keys are that open a log's contents, as threads that are started later are told. */
type LocalSource = { readonly file: string } | { readonly env: string }

/** A provider as this thread has it. */
export interface UsedProvider {
  /** What wraps and unwraps data keys. */
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

/** The sources of keys, by the place of the log. Threads that are started later know them, too. */
const NAME = 'slm-audit contents keys'

/** Providers that are functions of this thread, and those of the sources, by the place of the log. */
const own = new Map<string, UsedProvider>()
const made = new WeakMap<object, UsedProvider>()

/**
 * Says where the keys of a log's contents are: to this thread and, where they are not behind functions, to those it starts.
 *
 * @param place Names the log in this process: its file or its directory, by whatever link it was opened.
 */
export function useContentsKeys(
  place: string,
  keys: KeyProviderSource,
  settings: ContentsSettings = DEFAULTS
): void {
  if (isKeyProvider(keys)) {
    own.set(place, { provider: keys, isShared: false, settings })
    return
  }
  own.delete(place)
  setEnvironmentData(NAME, new Map(sources()).set(place, { source: keys, settings }) as never)
}

/** `useContentsKeys` for whoever only reads. Throws AuditError `bad_key` for a source that holds no keys. */
export function unlockContentsAt(place: string, keys: KeyProviderSource): void {
  if (!isKeyProvider(keys)) readWrappingKeys(keys)
  useContentsKeys(place, keys)
}

/** What opens the contents of a log, if this thread was told. */
export function contentsProviderAt(place: string): UsedProvider | undefined {
  const known = own.get(place)
  if (known) return known
  const entry = sources().get(place)
  if (!entry) return undefined
  const found = made.get(entry) ?? {
    provider: localKeyProvider(entry.source),
    isShared: true,
    settings: entry.settings
  }
  made.set(entry, found)
  return found
}

function sources(): LocalSources {
  return (getEnvironmentData(NAME) as unknown as LocalSources | undefined) ?? new Map()
}
