import { AuditError } from '../../base/error.ts'
import { isKeyProvider } from '../key-provider.ts'
import { askingProvider } from '../worker/answer-keys.ts'
import type { JournalHost } from '../worker/messages.ts'
import { checkedProvider } from './checked-provider.ts'
import {
  type ContentsEncryption,
  type ContentsSettings,
  contentsSettings
} from './contents-options.ts'
import { contentsProviderAt, useContentsKeys } from './contents-provider.ts'
import { Pseudonyms } from './pseudonyms.ts'
import type { Protecting } from './sealed-appends.ts'
import { SubjectKeys, type SubjectKeysSettings } from './subject-keys.ts'
import type { SubjectStore } from './subject-store.ts'

/** What a journal's thread is told of how contents are encrypted: functions stay on the caller's. */
export interface ContentsInThread extends ContentsSettings {
  /** Whether the provider is on the caller's thread, and can unwrap. */
  readonly asked?: { readonly canUnwrap: boolean }
}

/** The options of a journal as its thread is told. Throws AuditError `bad_option`. */
export function contentsInThread(contents: ContentsEncryption): ContentsInThread {
  const { keys } = contents
  const asked = isKeyProvider(keys) ? { canUnwrap: keys.unwrap !== undefined } : undefined
  return { ...contentsSettings(contents), ...(asked && { asked }) }
}

/** Has the thread of a journal ask its caller's for keys, where these are behind functions. `place` as in `useContentsKeys`. */
export function askForKeys(
  place: string,
  { asked, ...settings }: ContentsInThread,
  host: Pick<JournalHost, 'askKeys'>
): void {
  if (!asked) return
  const provider = askingProvider((question) => host.askKeys(question), asked.canUnwrap)
  useContentsKeys(place, provider, settings)
}

/** What new contents are encrypted with, and which names users have, by the keys, the secret and the store of a log. */
export function protectingBy(
  of: Omit<SubjectKeysSettings, 'settings'>,
  settings: ContentsSettings
): Protecting {
  const keys = new SubjectKeys({ ...of, settings })
  return settings.pseudonymous
    ? { keys, pseudonyms: new Pseudonyms(of.store, of.secret) }
    : { keys }
}

/** A log whose new contents may have to be encrypted. */
export interface ProtectedLog {
  /** What people call it, in messages: its file, its directory or its address. */
  readonly named: string
  /** Names it in this process (`useContentsKeys`). */
  readonly place: string
  /** Whether it encrypts its contents already. */
  readonly isEncrypted: boolean
  /** Its data keys and pseudonyms. */
  readonly store: SubjectStore
  /** What the names of subjects are hashed with; made where it is missing. */
  secret(): Uint8Array
}

/**
 * What new contents of a log are encrypted with, in its journal's thread; `undefined` where they are plain. Throws AuditError
 * `bad_key` for a log that encrypts them and is opened without its keys.
 */
export function openProtecting(
  log: ProtectedLog,
  contents: ContentsInThread | undefined,
  host: JournalHost
): Protecting | undefined {
  const { named, place, store } = log
  if (!contents) {
    if (!log.isEncrypted) return undefined
    const message = `the contents of ${named} are encrypted; open it with their keys: encryption: { contents: { keys } }`
    throw new AuditError('bad_key', message)
  }
  askForKeys(place, contents, host)
  const provider = contentsProviderAt(place)?.provider
  if (!provider)
    throw new AuditError('bad_key', `the keys of the contents of ${named} are not there`)
  return protectingBy({ store, provider, secret: log.secret() }, contents)
}

/**
 * What a program beside the application encrypts with; `undefined` where the log's contents are plain. Throws AuditError
 * `bad_key` where it was not told of the keys.
 */
export function subjectKeysBeside(log: ProtectedLog): SubjectKeys | undefined {
  if (!log.isEncrypted) return undefined
  const used = contentsProviderAt(log.place)
  if (!used) {
    const message = `the contents of ${log.named} are encrypted, and so is what is said of them; give the keys (--contents-keys)`
    throw new AuditError('bad_key', message)
  }
  const { settings } = used
  const provider = checkedProvider(used.provider, settings.deadlineMs)
  return new SubjectKeys({ store: log.store, provider, settings, secret: log.secret() })
}
