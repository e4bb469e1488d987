import { isAbsent } from '../journal/join-parts.ts'
import { CONTENTS_REDACTED } from '../record/redaction-record.ts'
import { parseRecord, type SealedContent, type SealedRecord } from '../record/sealed-record.ts'
import { mergeCall } from './merge-call.ts'
import type { AuditedCall } from './reader.ts'

/** A record as far as its contents are looked at. */
export interface WithContents {
  /** Its contents as they are stored. */
  readonly contents: readonly SealedContent[]
}

/** Whether a record lacks something of its contents, which a later redaction may have in another form. */
export function lacksContents({ contents }: WithContents): boolean {
  return contents.some((content) => isAbsent(content))
}

/**
 * Records with the contents that redactions of them left in place of what is gone; `redactions` are records of kind
 * `contents.redacted`, in the order of the log. What the records themselves say stays: these are for readers, not for whoever verifies.
 */
export function withRedacted<Sealed extends WithContents>(
  records: readonly Sealed[],
  redactions: readonly WithContents[]
): Sealed[] {
  const left = new Map(redactions.flatMap(({ contents }) => contents).map((one) => [one.name, one]))
  return records.map((record) => {
    if (!record.contents.some((one) => isAbsent(one) && left.has(one.name))) return record
    const contents = record.contents.map((one) =>
      isAbsent(one) ? (left.get(one.name) ?? one) : one
    )
    return { ...record, contents }
  })
}

/**
 * `mergeCall` of records with what redactions left of their contents, and the marks of these; `about` are the records about the
 * call, of whatever kind.
 */
export function mergeRedacted(
  records: Parameters<typeof mergeCall>[0],
  about: readonly SealedRecord[]
): AuditedCall | undefined {
  const redactions = about.flatMap((sealed) => {
    const { kind, altered = [] } = parseRecord(sealed)
    return kind === CONTENTS_REDACTED ? [{ ...sealed, altered }] : []
  })
  const call = mergeCall(withRedacted(records, redactions))
  const marks = redactions.flatMap(({ altered }) => altered)
  if (call === undefined || marks.length === 0) return call
  return {
    ...call,
    record: { ...call.record, altered: [...(call.record.altered ?? []), ...marks] }
  }
}
