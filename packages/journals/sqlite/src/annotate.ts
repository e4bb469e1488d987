import {
  type AdminSigning,
  type Annotation,
  AuditError,
  isObject,
  parseRecord,
  pendingAnnotation,
  refuseUnknown,
  SIGNING_OPTIONS
} from '@slm-audit/core/journal'
import { realFile } from './driver/real-file.ts'
import { administer } from './keys/administer.ts'
import { subjectKeysIn } from './store/contents/open-subject-keys.ts'
import { openForReading } from './store/open-database.ts'
import { sealedOfCall } from './store/sealed-rows.ts'
import { rowOf } from './store/writer.ts'

/** What is said, and of which calls. */
export interface AnnotateOptions extends AdminSigning {
  /** The calls, by auditId in full; one record is added for each. */
  readonly calls: readonly string[]
  /** What is said of each. */
  readonly annotation: Annotation
}

/** What was added. */
export interface AnnotateReport {
  /** Indices of the records in the log, in the order of the calls. */
  readonly indices: readonly number[]
}

const OPTIONS = ['calls', 'annotation', ...SIGNING_OPTIONS]

/**
 * Says something of calls that are in a database, for programs that have no open log: a review tool, an
 * evaluation, a command. Applications may go on writing meanwhile. Each annotation has the context of its call.
 *
 * Rejects with AuditError `bad_option` for an annotation that says nothing, `not_found` for a call that is not
 * in the log, `bad_key` for a key that is not the log's, or where its contents are encrypted and this process has not
 * been told of their keys, and as opening a log does.
 */
export async function annotateCalls(
  path: string,
  options: AnnotateOptions
): Promise<AnnotateReport> {
  refuseUnknown('annotateCalls', options, OPTIONS)
  const { calls, annotation } = options
  if (!isObject(annotation) || Object.keys(annotation).length === 0) {
    const message = 'an annotation says something: { feedback, review, score, incident, note, … }'
    throw new AuditError('bad_option', message)
  }
  if (calls.length === 0) return { indices: [] }
  const file = realFile(path)
  const database = openForReading(file)
  try {
    const records = calls.map((auditId) => {
      const newest = sealedOfCall(database, auditId).at(-1)
      if (newest) return pendingAnnotation(parseRecord(newest), annotation)
      throw new AuditError('not_found', `there is no call ${auditId} to annotate`)
    })
    return await administer(file, options, async (log) => {
      const rows = records.map((record) => rowOf(record))
      const keys = await subjectKeysIn(log.database, file)?.get(rows)
      const append = log.database.transaction(() => {
        const from = log.writer.size()
        log.writer.append(rows, undefined, keys)
        return { indices: records.map((_, at) => from + at) }
      })
      return append.immediate()
    })
  } finally {
    database.close()
  }
}
