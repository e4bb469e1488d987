import { realFile } from '@slm-audit/core/node'
import {
  type NamedUser,
  type NewKey,
  type ProtectedLog,
  type RowSubject,
  type StoredKey,
  type SubjectStore,
  secretOfSubjects,
  tellDestroyed
} from '@slm-audit/core/subjects'
import { toBase64 } from '../format/record-line.ts'
import { contentsProviderOf, secretRootOf } from '../subjects/log-place.ts'
import type { LogFiles } from './log-files.ts'
import type { FileRow } from './sealing.ts'

/** Calls whose contexts stay in memory. */
const MOST_KEPT = 10_000

/** The data keys and pseudonyms of a log in files, as whoever writes contents needs them. */
export class LogSubjects implements SubjectStore {
  readonly #log: LogFiles
  readonly #contexts = new Map<string, RowSubject>()

  constructor(log: LogFiles) {
    this.#log = log
  }

  get origin(): string {
    return this.#log.origin
  }

  keyOf(subject: Uint8Array, period: string): StoredKey | undefined {
    return this.#log.subjects.keyOf(subject, period)
  }

  addKeys(keys: readonly NewKey[]): Promise<readonly number[]> {
    return this.#log.exclusive(() => this.#log.subjects.addKeys(keys))
  }

  /** That of a call of this process, of late: nobody walks through the files for one. */
  contextOf(auditId: string): RowSubject | undefined {
    return this.#contexts.get(auditId)
  }

  async pseudonymsOf(users: readonly NamedUser[]): Promise<readonly string[]> {
    const { subjects } = this.#log
    subjects.refresh()
    const known = users.map((each) => this.#known(each))
    if (!known.includes(undefined)) return known.map((name) => name ?? '')
    return await this.#log.exclusive(() => {
      subjects.refresh()
      const fresh = users.filter((each) => this.#known(each) === undefined)
      subjects.addUsers(fresh.map(({ digest, fresh: name }) => ({ user: toBase64(digest), name })))
      return users.map((each) => this.#known(each) ?? each.user)
    })
  }

  /** Remembers whose the calls of a batch are, for what is said of them later. */
  remember(rows: readonly FileRow[]): void {
    for (const { auditId, subject } of rows) {
      if (!subject || subject.parent !== undefined) continue
      this.#contexts.delete(auditId)
      this.#contexts.set(auditId, subject)
    }
    for (const auditId of this.#contexts.keys()) {
      if (this.#contexts.size <= MOST_KEPT) return
      this.#contexts.delete(auditId)
    }
  }

  #known({ user, digest }: NamedUser): string | undefined {
    const { subjects } = this.#log
    return subjects.userNamed(user) ? user : subjects.pseudonymsAt(digest).at(-1)
  }
}

/** A log in files as `openProtecting` and `subjectKeysBeside` take it. */
export function protectedFiles(
  directory: string,
  log: LogFiles,
  store: SubjectStore = new LogSubjects(log)
): ProtectedLog {
  return {
    named: directory,
    place: realFile(directory),
    isEncrypted: log.subjects.hasKeys,
    store,
    secret: () => secretOfSubjects(secretRootOf(directory))
  }
}

/** Tells the provider of a log of keys that were destroyed, if this process has one. Rejects with what it answers. */
export async function tellFiles(directory: string, log: LogFiles): Promise<void> {
  const used = contentsProviderOf(directory)
  if (!used) return
  const { subjects, origin } = log
  const told = (id: number) =>
    log.exclusive(() => {
      const name = subjects.keyAt(id)?.name
      subjects.change({ key: (line) => (line.key === name ? { key: line.key } : line) })
    })
  await tellDestroyed({ origin, untold: () => subjects.untold(), told }, used)
}
