import { sha256 } from '../base/sha256.ts'
import { Redactor, type RedactStep } from './redactor.ts'

/** Longest time that a text may take, in milliseconds. */
const MOST_MS = 10_000

/**
 * A text, or JSON as text, as steps leave it: to try a policy. Pseudonyms and hashes are those of no log. Throws
 * where it takes longer than ten seconds.
 */
export function redactText(text: string, steps: readonly RedactStep[]): string {
  const key = { hash: sha256, secret: new Uint8Array(32) }
  return new Redactor(steps, key, MOST_MS).json(text, '') as string
}
