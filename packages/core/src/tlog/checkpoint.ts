import { fromBase64, toBase64 } from '../base/base64.ts'
import { AuditError } from '../base/error.ts'
import { type Note, parseNote } from './note.ts'
import type { TreeHead } from './proof.ts'
import { HASH_BYTES } from './tree.ts'

/** A log's statement of its size and root, c2sp.org/tlog-checkpoint. */
export interface Checkpoint extends TreeHead {
  /** The log's name, the first line of the text. */
  readonly origin: string
}

/** The text of a checkpoint: three lines, no extensions. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** Reads a checkpoint out of a note. Throws AuditError `bad_proof`; verifies no signature. */
export function parseCheckpoint(signed: string): Checkpoint & { readonly note: Note } {
  const note = parseNote(signed)
  const [origin = '', size = '', base64 = '', ...rest] = note.text.split('\n')
  const root = fromBase64(base64)
  const isDecimal = /^(0|[1-9][0-9]{0,15})$/.test(size) && Number.isSafeInteger(Number(size))
  if (origin === '' || !isDecimal || root?.length !== HASH_BYTES || rest.at(-1) !== '') {
    throw new AuditError('bad_proof', 'the note is not a checkpoint: origin, size, root expected')
  }
  return { origin, size: Number(size), root, note }
}
