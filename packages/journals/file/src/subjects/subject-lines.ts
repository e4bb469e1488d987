import { AuditError, isObject } from '@slm-audit/core/journal'
import type { NewKey } from '@slm-audit/core/subjects'
import { fieldsOf, fromBase64, toBase64 } from '../format/record-line.ts'

/** First line of the file. */
const FORMAT = 'slm-audit subjects 1'

/** A data key as its line has it. */
export interface KeyLine {
  readonly key: string
  /** Digest of the subject, in base64; absent once the subject was erased: nothing new is encrypted with the key then. */
  readonly subject?: string
  readonly period?: string
  /** Names the wrapping key; absent once the key is destroyed and its provider was told. */
  readonly wrappedBy?: string
  /** In base64; absent once the key is destroyed. */
  readonly wrapped?: string
  /** The check value, in base64. */
  readonly check?: string
}

/** The pseudonym of a user. */
export interface UserLine {
  /** Digest of the user, in base64. */
  readonly user: string
  readonly name: string
}

/** The first line; a file that is written anew has a larger generation, so that who reads it knows. */
export function headLine(generation: number): string {
  return JSON.stringify({ format: FORMAT, generation })
}

/**
 * The generation that a first line gives; `undefined` for a line that is not whole. Throws AuditError `journal_newer` for
 * one of another version.
 */
export function generationIn(line: string, path: string): number | undefined {
  const { format, generation } = fieldsOf(line) ?? {}
  if (format === FORMAT && typeof generation === 'number') return generation
  if (typeof format !== 'string' || format === FORMAT) return undefined
  throw new AuditError(
    'journal_newer',
    `${path} is in the format ${format}, which this version does not know; install a newer one`
  )
}

/** Reads a line behind the first; `undefined` for what the log does not write there. */
export function readSubjectLine(text: string): KeyLine | UserLine | undefined {
  const fields = fieldsOf(text)
  if (!fields) return undefined
  const isText = (name: string) => typeof fields[name] === 'string'
  const mayBeText = (name: string) => fields[name] === undefined || isText(name)
  if (isUserLine(fields)) return fields
  const optional = ['subject', 'period', 'wrappedBy', 'wrapped', 'check']
  return isText('key') && optional.every(mayBeText) ? (fields as unknown as KeyLine) : undefined
}

/** Whether a value is the pseudonym of a user. */
export function isUserLine(value: unknown): value is UserLine {
  return isObject(value) && typeof value.user === 'string' && typeof value.name === 'string'
}

/** The line of a new key. */
export function keyLine({ name, of, wrappedBy, wrapped, checkValue }: NewKey): KeyLine {
  return {
    key: name,
    subject: toBase64(of.subject),
    period: of.period,
    wrappedBy,
    wrapped: toBase64(wrapped),
    check: toBase64(checkValue)
  }
}

/** Bytes of a member of a key's line; `null` where there are none. */
export function bytesOrNull(text: string | undefined): Uint8Array | null {
  return text === undefined ? null : fromBase64(text)
}
