import { isObject } from '../../base/json.ts'
import type { AuditRecord } from '../../record/record.ts'
import { FIELDS, type NumberField, type TextField } from './fields.ts'

/** The texts that a call has in a field, none twice; of `tag` none, see `tagsOf`. */
export function textsOf(header: AuditRecord, field: TextField): string[] {
  // A log that is copied may be another program's: what is of another type is not there.
  const values: readonly unknown[] = FIELDS[field].read(header)
  const texts = values.flatMap((value) =>
    typeof value === 'string' ? [value] : typeof value === 'number' ? [String(value)] : []
  )
  return texts.length > 1 ? [...new Set(texts)] : texts
}

/** The number that a call has in a field; `undefined` where it is not known. */
export function numberOf(header: AuditRecord, field: NumberField): number | undefined {
  const value: unknown = FIELDS[field].read(header)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The tags of a call: what is no text is its JSON. */
export function tagsOf({ context }: AuditRecord): [name: string, value: string][] {
  const tags: unknown = context?.tags
  if (!isObject(tags)) return []
  return Object.entries(tags).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  ])
}
