import { type JournalHost, realFile } from '@slm-audit/core/node'
import {
  type ContentsInThread,
  openProtecting,
  type ProtectedLog,
  type Protecting,
  type SubjectKeys,
  secretOfSubjects,
  subjectKeysBeside
} from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { spoolsOf } from '../spool-places.ts'
import { hasDataKeys } from './key-rows.ts'
import { subjectRows } from './subject-rows.ts'

export type { ContentsInThread } from '@slm-audit/core/subjects'

/** `subjectKeysBeside` of a database. */
export function subjectKeysIn(database: Database, file: string): SubjectKeys | undefined {
  return subjectKeysBeside(protectedLog(database, file))
}

/** What the names of subjects are hashed with. */
export function secretOf(file: string): Uint8Array {
  return secretOfSubjects(spoolsOf(file))
}

/** `openProtecting` of a database. */
export function openSubjectKeys(
  database: Database,
  file: string,
  contents: ContentsInThread | undefined,
  host: JournalHost
): Protecting | undefined {
  return openProtecting(protectedLog(database, file), contents, host)
}

function protectedLog(database: Database, file: string): ProtectedLog {
  return {
    named: file,
    place: realFile(file),
    isEncrypted: hasDataKeys(database),
    store: subjectRows(database),
    secret: () => secretOf(file)
  }
}
