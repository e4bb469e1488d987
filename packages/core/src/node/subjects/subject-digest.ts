import { createHmac } from 'node:crypto'

/** What stands in the tables of keys and pseudonyms for a subject. */
export function digestOf(secret: Uint8Array, subject: string): Uint8Array {
  return new Uint8Array(createHmac('sha256', secret).update(subject).digest())
}

/** A subject as the digest is made of it, by the value that a header has. */
export function subjectName(name: string, value: string): string {
  return JSON.stringify([name, value.toWellFormed()])
}
