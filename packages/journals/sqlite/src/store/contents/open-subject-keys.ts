import { AuditError } from '@slm-audit/core/journal'
import { askingProvider, type JournalHost } from '@slm-audit/core/node'
import {
  type ContentsSettings,
  checkedProvider,
  type Protecting,
  Pseudonyms,
  SubjectKeys,
  secretOfSubjects
} from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { contentsProviderOf, useContentsKeys } from '../../encryption/contents-provider.ts'
import { spoolsOf } from '../spool-places.ts'
import { hasDataKeys } from './key-rows.ts'
import { subjectRows } from './subject-rows.ts'

/** What a journal's thread is told of how contents are encrypted. */
export interface ContentsInThread extends ContentsSettings {
  /** Whether the provider is on the caller's thread, and can unwrap. */
  readonly asked?: { readonly canUnwrap: boolean }
}

/**
 * What a program beside the application encrypts with; `undefined` where the log's contents are plain. Throws AuditError
 * `bad_key` where it was not told of the keys.
 */
export function subjectKeysIn(database: Database, file: string): SubjectKeys | undefined {
  if (!hasDataKeys(database)) return undefined
  const used = contentsProviderOf(file)
  if (!used) {
    const message = `the contents of ${file} are encrypted, and so is what is said of them; give the keys (--contents-keys)`
    throw new AuditError('bad_key', message)
  }
  const { settings } = used
  const provider = checkedProvider(used.provider, settings.deadlineMs)
  return new SubjectKeys({
    store: subjectRows(database),
    provider,
    settings,
    secret: secretOf(file)
  })
}

/** What the names of subjects are hashed with. */
export function secretOf(file: string): Uint8Array {
  return secretOfSubjects(spoolsOf(file))
}

/**
 * What new contents of a log are encrypted with; `undefined` where they are plain. Throws AuditError `bad_key` for a
 * log that encrypts them and is opened without its keys.
 */
export function openSubjectKeys(
  database: Database,
  file: string,
  contents: ContentsInThread | undefined,
  host: JournalHost
): Protecting | undefined {
  if (!contents) {
    if (!hasDataKeys(database)) return undefined
    const message = `the contents of ${file} are encrypted; open it with their keys: encryption: { contents: { keys } }`
    throw new AuditError('bad_key', message)
  }
  const { asked, ...settings } = contents
  if (asked) {
    const provider = askingProvider((question) => host.askKeys(question), asked.canUnwrap)
    useContentsKeys(file, provider, settings)
  }
  const provider = contentsProviderOf(file)?.provider
  if (!provider)
    throw new AuditError('bad_key', `the keys of the contents of ${file} are not there`)
  const secret = secretOf(file)
  const store = subjectRows(database)
  const keys = new SubjectKeys({ store, provider, settings, secret })
  return settings.pseudonymous ? { keys, pseudonyms: new Pseudonyms(store, secret) } : { keys }
}
