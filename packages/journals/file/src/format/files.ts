import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { AuditError } from '@slm-audit/core/journal'
import { DIRECTORY_MODE, FILE_MODE } from './layout.ts'

/** The part of node:fs that writes a log; tests give one that fails. */
export type FileSystem = Pick<
  typeof fs,
  | 'openSync'
  | 'closeSync'
  | 'writeSync'
  | 'fsyncSync'
  | 'fdatasyncSync'
  | 'ftruncateSync'
  | 'renameSync'
  | 'rmSync'
  | 'mkdirSync'
>

/** What a directory lets its group do, where others may do nothing: one of mode 750 is meant to be read by it. */
const CLOSED_TO_OTHERS = 0o007
const GROUP_READS = 0o050

/**
 * The mode of a new file: its owner's alone, unless its directory is one that the group reads and others do not get into.
 */
export function fileModeIn(directory: string): number {
  return isGroups(directory) ? FILE_MODE | 0o040 : FILE_MODE
}

/** As `fileModeIn`, for a new directory in another. */
export function directoryModeIn(directory: string): number {
  return isGroups(directory) ? DIRECTORY_MODE | GROUP_READS : DIRECTORY_MODE
}

function isGroups(directory: string): boolean {
  const { mode = 0 } = fs.statSync(directory, { throwIfNoEntry: false }) ?? {}
  return (mode & CLOSED_TO_OTHERS) === 0 && (mode & GROUP_READS) === GROUP_READS
}

/** Writes all bytes at a place of an open file. */
export function writeAll(files: FileSystem, handle: number, bytes: Uint8Array, at: number): void {
  let done = 0
  while (done < bytes.length) {
    done += files.writeSync(handle, bytes, done, bytes.length - done, at + done)
  }
}

/** Replaces a file, whole or not at all; also when power is lost, if it is to wait for the disk. */
export function replaceFile(files: FileSystem, path: string, bytes: Uint8Array, sync = true): void {
  const draft = `${path}.new`
  const handle = files.openSync(draft, 'w', fileModeIn(dirname(path)))
  try {
    writeAll(files, handle, bytes, 0)
    if (sync) files.fsyncSync(handle)
  } finally {
    files.closeSync(handle)
  }
  files.renameSync(draft, path)
}

/** Makes new names of a directory survive the loss of power, where the system can. */
export function syncDirectory(files: FileSystem, path: string): void {
  if (process.platform !== 'win32') syncFile(files, path)
}

/** Waits until a file is on the disk. */
export function syncFile(files: FileSystem, path: string): void {
  const handle = files.openSync(path, 'r')
  try {
    files.fsyncSync(handle)
  } finally {
    files.closeSync(handle)
  }
}

/**
 * Appends lines to a small file that other processes append to under the same lock. Returns what
 * was cut off first: the bytes of a line that a dead process did not finish.
 */
export function appendLines(files: FileSystem, path: string, lines: readonly string[]): number {
  const { size, whole } = measure(path)
  const handle = files.openSync(path, fs.existsSync(path) ? 'r+' : 'w+', fileModeIn(dirname(path)))
  try {
    if (whole < size) files.ftruncateSync(handle, whole)
    writeAll(files, handle, Buffer.from(lines.map((line) => `${line}\n`).join('')), whole)
    files.fsyncSync(handle)
  } finally {
    files.closeSync(handle)
  }
  if (size === 0) syncDirectory(files, dirname(path))
  return size - whole
}

/** The whole lines of a small file; none where there is no file. */
export function readLines(path: string): string[] {
  const bytes = readIfThere(path)
  const text = bytes.toString('utf8', 0, bytes.lastIndexOf(10) + 1)
  return text.split('\n').slice(0, -1)
}

/** The last whole lines of a small file, as many as fit in 64 KiB; none where there is no file. */
export function lastLines(path: string): string[] {
  if (!fs.existsSync(path)) return []
  const handle = fs.openSync(path, 'r')
  try {
    const { size } = fs.fstatSync(handle)
    const bytes = Buffer.alloc(Math.min(size, LAST_BYTES))
    fs.readSync(handle, bytes, 0, bytes.length, size - bytes.length)
    const from = bytes.length < size ? bytes.indexOf(10) + 1 : 0
    return bytes
      .toString('utf8', from, bytes.lastIndexOf(10) + 1)
      .split('\n')
      .slice(0, -1)
  } finally {
    fs.closeSync(handle)
  }
}

/** Bytes behind the last whole line of a file: of a line that is being written, or was not finished. */
export function unfinishedBytes(path: string): number {
  const { size, whole } = measure(path)
  return size - whole
}

const LAST_BYTES = 64 * 1024

/** A file's bytes; none where there is no file. */
export function readIfThere(path: string): Buffer {
  return bytesOf(path) ?? Buffer.alloc(0)
}

/**
 * A file's bytes; undefined where there is nothing. Throws AuditError `journal_damaged` where a folder, a link to itself,
 * or a pipe, which would be waited for, stands in its place; else the file system's error.
 */
export function bytesOf(path: string): Buffer | undefined {
  try {
    if (fs.statSync(path).isFile()) return fs.readFileSync(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code !== 'ELOOP') throw cause
  }
  throw new AuditError('journal_damaged', `${path} is no file any more; restore a backup`)
}

/** Bytes of a file's end that are read to find its last whole line. */
const TAIL_BYTES = 1024 * 1024

function measure(path: string): { readonly size: number; readonly whole: number } {
  if (!fs.existsSync(path)) return { size: 0, whole: 0 }
  const handle = fs.openSync(path, 'r')
  try {
    const { size } = fs.fstatSync(handle)
    for (let length = Math.min(size, TAIL_BYTES); ; length = Math.min(size, length * 16)) {
      const tail = Buffer.alloc(length)
      fs.readSync(handle, tail, 0, length, size - length)
      const end = tail.lastIndexOf(10) + 1
      if (end > 0 || length === size) return { size, whole: end > 0 ? size - length + end : 0 }
    }
  } finally {
    fs.closeSync(handle)
  }
}
