import type { RecordScope } from '@slm-audit/core/journal'
import { digestOfScope, digestOfUser } from '@slm-audit/core/subjects'
import { fromBase64, toBase64 } from '../format/record-line.ts'
import { secretRootOf } from '../subjects/log-place.ts'
import type { SubjectFile } from '../subjects/subject-file.ts'
import type { UserLine } from '../subjects/subject-lines.ts'

/** The data keys of a subject that is being erased, and what they were found by. */
export interface ErasedSubject {
  /** Names of the keys. */
  readonly keys: readonly string[]
  /** Digest of the subject, in base64. */
  readonly subject: string
  /** The pseudonym that goes with them. */
  readonly user?: UserLine
}

/**
 * The keys of a scope that is one subject, and its pseudonym; `undefined` where the scope is not one, or the log has no keys.
 *
 * @param given The scope as it was given; `scope` has the pseudonym of its user.
 */
export function subjectOf(
  subjects: SubjectFile,
  directory: string,
  scope: RecordScope,
  given: RecordScope
): ErasedSubject | undefined {
  const digest = subjects.hasKeys ? digestOfScope(secretRootOf(directory), scope) : undefined
  if (!digest) return undefined
  const user = given.user === undefined ? undefined : userLine(subjects, directory, given.user)
  return { keys: subjects.namesOf(digest), subject: toBase64(digest), ...(user && { user }) }
}

function userLine(subjects: SubjectFile, directory: string, user: string): UserLine | undefined {
  const digest = digestOfUser(secretRootOf(directory), user)
  const name = digest && subjects.pseudonymAt(digest)
  return name === undefined ? undefined : { user: toBase64(digest ?? new Uint8Array()), name }
}

/**
 * Has nobody encrypt anything more with the keys of a subject: its next call gets a new key, and a new name. Nobody can tell
 * whose name it was from then on. False where that was done before. Under the log's lock.
 */
export function retireSubject(subjects: SubjectFile, erased: ErasedSubject): boolean {
  const { keys, subject, user } = erased
  const inUse = new Set(subjects.namesOf(fromBase64(subject)))
  const isNamed = user !== undefined && subjects.pseudonymAt(fromBase64(user.user)) === user.name
  if (!isNamed && !keys.some((key) => inUse.has(key))) return false
  subjects.change({
    key: (line) => {
      const { subject: _, ...rest } = line
      return keys.includes(line.key) ? rest : line
    },
    user: (line) => (line.name === user?.name ? undefined : line)
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
 * Gives keys back to their subject, and its name, where a hold kept some of what they encrypt: for the erasure that follows its
 * release. Under the log's lock.
 */
export function giveBack(subjects: SubjectFile, { keys, subject, user }: ErasedSubject): void {
  const isNamed = user !== undefined && subjects.pseudonymAt(fromBase64(user.user)) !== undefined
  subjects.change({
    key: (line) => {
      const isBack = keys.includes(line.key) && line.wrapped !== undefined
      return isBack ? { ...line, subject } : line
    },
    ...(user && !isNamed && { more: [user] })
  })
}
