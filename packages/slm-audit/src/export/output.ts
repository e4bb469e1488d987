import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { Terminal } from '../terminal.ts'

/** Where an export goes. */
export interface Output {
  write(part: string | Uint8Array): void
  /** What was written counts. */
  finish(): void
  /** Nothing that was written counts. */
  discard(): void
}

/** A file that only its owner can read; it is there whole, or not at all. */
export function fileOutput(path: string): Output {
  const draft = `${path}.new`
  const handle = openSync(draft, 'w', 0o600)
  return {
    write(part) {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
    },
    finish() {
      fsyncSync(handle)
      closeSync(handle)
      renameSync(draft, path)
    },
    discard() {
      closeSync(handle)
      rmSync(draft, { force: true })
    }
  }
}

/** Standard output, as text. */
export function printedOutput(terminal: Terminal): Output {
  return {
    write(part) {
      const text = String(part)
      if (text !== '') terminal.print(text.replace(/\n$/, ''))
    },
    finish: () => undefined,
    discard: () => undefined
  }
}
