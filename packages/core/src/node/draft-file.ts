import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

/** A file in the making: it gets its name when it is whole, or never. */
export interface DraftFile {
  /** Adds bytes. Throws the file system's error. */
  write(part: string | Uint8Array): void
  /** Puts the file in the place of what had its name, once it is on the disk. */
  keep(): void
  /** As `keep`, while others go on: a disk takes many files at once in little more time than one. */
  settle(): Promise<void>
  /** Takes the draft away; what had the name stays. */
  discard(): void
}

/**
 * Begins a file that only its owner can read (0600). The draft stands beside it under a name that
 * nobody can guess and is made new, so that nothing that waits there is written to. Throws the file
 * system's error.
 */
export function createDraftFile(path: string): DraftFile {
  const draft = `${path}.${randomUUID()}.draft`
  const handle = openSync(draft, 'wx', 0o600)
  let isOpen = true
  const close = (): void => {
    if (isOpen) closeSync(handle)
    isOpen = false
  }
  return {
    write: (part) => writeAll(handle, part),
    keep() {
      fsyncSync(handle)
      close()
      renameSync(draft, path)
    },
    async settle() {
      await synced(handle)
      close()
      renameSync(draft, path)
    },
    discard() {
      close()
      rmSync(draft, { force: true })
    }
  }
}

const synced = promisify(fsync)

/** Writes a whole file, in a folder (0700) that is made where it is missing. */
export function writeWholeFile(path: string, content: string | Uint8Array): void {
  makeFolder(dirname(path))
  const draft = createDraftFile(path)
  try {
    draft.write(content)
    draft.keep()
  } catch (error) {
    draft.discard()
    throw error
  }
}

/**
 * Makes a folder (0700) and those above it. As `mkdirSync` with `recursive`, which never returns
 * where the system makes none (/proc).
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(path)) throw error
  }
}

/** Writes all of it: the system may take less at a time. */
export function writeAll(handle: number, part: string | Uint8Array): void {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
}
