import type { RecordScope } from '@slm-audit/core/journal'
import { digestOfScope } from '@slm-audit/core/subjects'
import { toBase64 } from '../format/record-line.ts'
import { secretRootOf } from '../subjects/log-place.ts'
import type { SubjectFile } from '../subjects/subject-file.ts'
import type { UserLine } from '../subjects/subject-lines.ts'

/** The data keys of a subject that is being erased, and what they were found by. */
export interface ErasedSubject {
  readonly keys: readonly ErasedKey[]
  /** The pseudonyms that go with them. */
  readonly users: readonly UserLine[]
}

/** A data key of a subject that is being erased. */
export interface ErasedKey {
  /** Its name. */
  readonly key: string
  /** Digest of the subject, in base64. */
  readonly subject: string
}

/**
 * The keys of a scope that is one subject, and its pseudonyms; `undefined` where the scope is not one, or the log has no keys.
 *
 * @param scopes The scope as headers have it (`storedScopes`).
 */
export function subjectOf(
  subjects: SubjectFile,
  directory: string,
  scopes: readonly RecordScope[]
): ErasedSubject | undefined {
  if (!subjects.hasKeys) return undefined
  const digests = scopes.flatMap((scope) => digestOfScope(secretRootOf(directory), scope) ?? [])
  if (digests.length === 0) return undefined
  const keys = digests.flatMap((digest) =>
    subjects.namesOf(digest).map((key) => ({ key, subject: toBase64(digest) }))
  )
  const users = scopes.flatMap(({ user = '' }) => subjects.userNamed(user) ?? [])
  return { keys, users }
}

/**
 * Has nobody encrypt anything more with the keys of a subject: its next call gets a new key, and a new name. Nobody can tell
 * whose name it was from then on. False where that was done before. Under the log's lock.
 */
export function retireSubject(subjects: SubjectFile, { keys, users }: ErasedSubject): boolean {
  subjects.refresh()
  const going = new Set(keys.map(({ key }) => key))
  const names = new Set(users.map(({ name }) => name))
  const isNamed = users.some(({ name }) => subjects.userNamed(name))
  const isInUse = keys.some(({ key }) => subjects.isInUse(subjects.idOf(key) ?? 0))
  if (!isNamed && !isInUse) return false
  subjects.change({
    key: (line) => {
      const { subject: _, ...rest } = line
      return going.has(line.key) ? rest : line
    },
    user: (line) => (names.has(line.name) ? undefined : line)
  })
  return true
}

/** Destroys keys for good; how many there were. Under the log's lock. */
export function destroyKeys(subjects: SubjectFile, keys: readonly string[]): number {
  const going = new Set(keys)
  let destroyed = 0
  const isThere = keys.some((key) => subjects.keyAt(subjects.idOf(key) ?? 0)?.wrapped)
  if (!isThere) return 0
  subjects.change({
    key: (line) => {
      if (!going.has(line.key) || line.wrapped === undefined) return line
      destroyed++
      const { key, wrappedBy } = line
      return { key, ...(wrappedBy !== undefined && { wrappedBy }) }
    }
  })
  return destroyed
}

/**
 * Gives keys back to their subject, and its names, where a hold kept some of what they encrypt: for the erasure that follows
 * its release. Under the log's lock.
 */
export function giveBack(subjects: SubjectFile, { keys, users }: ErasedSubject): void {
  subjects.refresh()
  const subjectOf = new Map(keys.map(({ key, subject }) => [key, subject]))
  subjects.change({
    key: (line) => {
      const subject = line.wrapped === undefined ? undefined : subjectOf.get(line.key)
      return subject === undefined ? line : { ...line, subject }
    },
    more: users.filter(({ name }) => !subjects.userNamed(name))
  })
}
