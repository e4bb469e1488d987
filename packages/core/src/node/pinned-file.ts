import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A file that a policy names, as it was when the policy was read. */
export interface PinnedFile {
  /** All of it. */
  readonly bytes: Uint8Array
  /** SHA-256 of that, in hexadecimal digits. */
  readonly digest: string
}

/**
 * Reads a file that the options of a policy's module name. Modules of policies call it, so that a policy's digest is of
 * what the file says too, and every thread decides by the same.
 *
 * @param digest What the file has to be, where it was read before. Throws TypeError where it is another by now, and
 * what reading it throws.
 */
export function readPinnedFile(path: string, digest?: unknown): PinnedFile {
  const bytes = readFileSync(path)
  const found = createHash('sha256').update(bytes).digest('hex')
  if (digest === undefined || digest === found) return { bytes, digest: found }
  throw new TypeError(
    `${path} is another file than the policy was read with; read the policy again`
  )
}
