import type { Protocol } from '@slm-audit/core'
import { isObject } from '@slm-audit/core/adapter'
import type { AuditedCall } from '@slm-audit/core/reader'
import { isStructure, type Part, partsOf } from './parts.ts'

/** What became of all that the events of an answer say. */
export interface Account {
  /** Whether marks of the record tell of a part of it. */
  readonly isMarked: boolean
  /** What stands nowhere, and no mark tells of. */
  readonly silent: readonly Part[]
}

/** Bytes in base64 become references, and vectors numbers: their texts are not looked for. */
const BASE64 = /^data:|^[A-Za-z0-9+/_-]{4,}={0,2}$/

/**
 * Looks for each text and number of some events in the contents and the header of a record, in the plainest
 * way there is, and for marks that tell of those that are not there.
 */
export function findLost(
  events: readonly unknown[],
  { record, contents }: AuditedCall,
  { structure = [] }: Pick<Protocol, 'structure'>
): Account {
  const parts = partsOf([record, contents], () => false)
  const texts = parts.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  const spelled = withoutSpace(JSON.stringify(contents))
  const held = new Set(parts.map(({ value }) => value))
  const marks = record.altered ?? []
  const isHeld = ({ value }: Part) =>
    held.has(value) ||
    (typeof value === 'string' &&
      (texts.some((text) => text.includes(value)) || spelled.includes(withoutSpace(value))))
  const isTold = ({ value, name, place }: Part) =>
    marks.some(({ pointer, what }) => {
      if (isIn(`/rest${place}`, [pointer])) return true
      if (pointer === '/logprobs') return name === 'bytes'
      if (what === 'digested') return typeof value === 'string' && BASE64.test(value)
      return (
        what === 'replaced' &&
        hasMember(pointer, name, {
          response: { ...record.response, details: [record.response?.details, contents.details] }
        })
      )
    })
  // A body that nobody reads as events is kept as it came.
  const isRaw = (event: unknown) =>
    typeof contents.output === 'string' && contents.output.includes(JSON.stringify(event))
  const missing = events
    .filter((event) => !isRaw(event))
    .flatMap((event) => partsOf(event, isStructure))
    .filter((part) => !isIn(part.place, structure) && !isHeld(part))
  const silent = missing.filter((part) => !isTold(part) && !isComputed(part, parts))
  return { isMarked: missing.length > silent.length, silent }
}

/** What stands in base64 is recorded by the digest of its bytes. */
function isComputed({ value }: Part, parts: readonly Part[]): boolean {
  return (
    typeof value === 'string' && BASE64.test(value) && parts.some(({ name }) => name === 'sha256')
  )
}

/** Whether a place is one of some, or lies in one. */
function isIn(place: string, places: readonly string[]): boolean {
  return places.some((one) => place === one || place.startsWith(`${one}/`))
}

/** Whether what a mark points at has a member of this name, or is the states of an answer. */
function hasMember(pointer: string, name: string, record: object): boolean {
  let at: unknown = record
  for (const step of pointer.split('/').slice(1)) at = isObject(at) ? at[step] : undefined
  return name === 'status' || partsOf(at, () => false).some((part) => part.name === name)
}

/** Pieces of JSON may stand parsed, with other members between them. */
function withoutSpace(text: string): string {
  return text.replaceAll(/\\[nrt]|[\s"\\{}[\],:]/g, '')
}
