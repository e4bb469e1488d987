import { fromBase64, toBase64 } from '../base/base64.ts'
import { AuditError } from '../base/error.ts'
import { fromHex, toHex } from '../base/hex.ts'

/** A signature line of a note: who says to have signed, and the bytes after the key id. */
export interface NoteSignature {
  /** Whose signature it says it is. */
  readonly name: string
  /** The first four bytes of the key's hash, as eight hexadecimal digits. */
  readonly keyId: string
  /** The signature, as its algorithm has it. */
  readonly bytes: Uint8Array
}

/** A signed note, c2sp.org/signed-note@v1. */
export interface Note {
  /** What is signed; ends with a newline. */
  readonly text: string
  /** The lines of signatures, in order; nothing says yet that they are right. */
  readonly signatures: readonly NoteSignature[]
}

const SEPARATOR = '\n\n'
const LINE = /^— (\S+) (\S+)$/u
const KEY_ID_BYTES = 4
// biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids exactly these.
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/

/** Reads a note. Throws AuditError `bad_proof` for a text that is not one; verifies nothing. */
export function parseNote(note: string): Note {
  const split = note.lastIndexOf(SEPARATOR)
  if (split < 0 || !note.endsWith('\n') || CONTROL.test(note) || !note.isWellFormed()) {
    throw badNote('the text is not a signed note')
  }
  const lines = note.slice(split + SEPARATOR.length, -1).split('\n')
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

/** Reads one signature line. Throws AuditError `bad_proof`. */
export function parseSignature(line: string): NoteSignature {
  const [, name, base64 = ''] = LINE.exec(line) ?? []
  const bytes = fromBase64(base64)
  if (name === undefined || name.includes('+') || !bytes || bytes.length <= KEY_ID_BYTES) {
    throw badNote(`this is not a signature line of a note: ${line}`)
  }
  const keyId = toHex(bytes.subarray(0, KEY_ID_BYTES))
  return { name, keyId, bytes: bytes.subarray(KEY_ID_BYTES) }
}

/** A note's text with its signature lines. */
export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map((signature) => `${formatSignature(signature)}\n`).join('')}`
}

/** One signature line, without its newline. */
export function formatSignature({ name, keyId, bytes }: NoteSignature): string {
  return `— ${name} ${toBase64(Uint8Array.from([...fromHex(keyId), ...bytes]))}`
}

function badNote(problem: string): AuditError {
  return new AuditError('bad_proof', `${problem}; see c2sp.org/signed-note for the format`)
}
