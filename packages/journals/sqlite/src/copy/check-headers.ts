import { AuditError, type SealedRecord } from '@slm-audit/core/journal'

/** Ids get into file names, addresses and terminals: letters, digits, `_` and `-` only, as UUIDs have. */
const ID = /^[\w-]{1,64}$/

/** Records in a row that are not in a log any more. */
export interface Gap {
  readonly first: number
  /** The record behind the last one. */
  readonly end: number
}

/**
 * Checks what is not the hash's business, since whoever made a log could have sealed anything: each
 * header fits the schema of records, and its ids are of their form. Gives where records are missing. Rejects with
 * AuditError `bad_record` that names the record and the member.
 */
export async function checkHeaders(
  records: Iterable<SealedRecord> | AsyncIterable<SealedRecord>
): Promise<readonly Gap[]> {
  // It brings zod, which only an import needs.
  const { auditRecordSchema } = await import('@slm-audit/core/schema')
  const gaps: Gap[] = []
  let next = 0
  for await (const { index, header } of records) {
    if (index > next) gaps.push({ first: next, end: index })
    next = index + 1
    const parsed = auditRecordSchema.safeParse(JSON.parse(header))
    if (!parsed.success) {
      const issue = innermost(parsed.error.issues)
      throw refuse(index, `${issue?.path.join('.') || 'the header'}: ${issue?.message}`)
    }
    const { auditId, parent } = parsed.data
    if (!ID.test(auditId)) throw refuse(index, 'auditId: it is not an id')
    if (parent !== undefined && !ID.test(parent)) throw refuse(index, 'parent: it is not an id')
  }
  return gaps
}

interface Issue {
  readonly message: string
  readonly path: readonly PropertyKey[]
  /** Of a union of versions: what each of them found. */
  readonly errors?: readonly (readonly Issue[])[]
}

/** What is wrong by the version of the schema that the header names. */
function innermost(issues: readonly Issue[]): Issue | undefined {
  const [issue] = issues
  if (!issue?.errors) return issue
  const ofVersion = issue.errors.find((found) => found.every(({ path }) => path[0] !== 'schema'))
  return innermost(ofVersion ?? issue.errors[0] ?? []) ?? issue
}

function refuse(index: number, problem: string): AuditError {
  return new AuditError(
    'bad_record',
    `record ${index} is not one that slm-audit writes: ${problem}`
  )
}
