import { sha256 } from '../base/sha256.ts'
import { type Redaction, Redactor, type RedactStep } from './redactor.ts'

/** Longest time that a value may take, in milliseconds. */
const MOST_MS = 60_000

/** A JSON value without what was found in it, and how many values that was. */
export interface RedactedValue {
  /** The value; the one given where nothing was found. */
  readonly value: unknown
  /** How many values were found. */
  readonly count: number
  /** Where it was found, by JSON Pointers into the value, and what became of it. */
  readonly redactions: readonly Redaction[]
}

/**
 * A JSON value as steps leave it, for an export. Throws where it takes longer than a minute.
 *
 * @param secret What pseudonyms and hashes are made with: 32 random bytes.
 */
export function redactValue(
  value: unknown,
  steps: readonly RedactStep[],
  secret: Uint8Array
): RedactedValue {
  const redactor = new Redactor(steps, { hash: sha256, secret }, MOST_MS)
  const redacted = redactor.guarded(() => redactor.json(value, ''))
  const count = redactor.redactions.reduce((sum, redaction) => sum + redaction.count, 0)
  return { value: redacted, count, redactions: redactor.redactions }
}

/** A text as steps leave it, to try a policy: its pseudonyms and hashes are those of no log. */
export function redactText(text: string, steps: readonly RedactStep[]): string {
  return redactValue(text, steps, new Uint8Array(32)).value as string
}
