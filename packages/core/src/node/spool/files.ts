import * as fs from 'node:fs'

/** The part of `node:fs` that a spool uses. Tests give one whose calls fail or end the process. */
export type SpoolFiles = Pick<
  typeof fs,
  | 'closeSync'
  | 'fdatasync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readSync'
  | 'readdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'rmdirSync'
  | 'statSync'
  | 'statfsSync'
  | 'utimesSync'
  | 'write'
  | 'writeSync'
>

/** The real files. */
export const nodeFiles: SpoolFiles = fs

/** Frames are what the application's users said, so nobody else may read them. */
export const FILE_MODE = 0o600
/** The mode of the folders. */
export const FOLDER_MODE = 0o700

/** The code of an error of the system, for instance `ENOENT`; empty for another error. */
export function codeOf(error: unknown): string {
  const { errno, code = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  return typeof errno === 'number' ? code : ''
}

function noBytesTaken(): Error {
  return Object.assign(new Error('EIO: the file took no bytes'), { errno: -5, code: 'EIO' })
}

/**
 * Writes all of `bytes` at a place of an open file. A write that the system cuts short is continued;
 * it throws the system's error where no more can be written. Bytes may then be there in part.
 */
export function writeAllSync(files: SpoolFiles, fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    const written = files.writeSync(fd, bytes, done, bytes.length - done, at + done)
    if (written === 0) throw noBytesTaken()
    done += written
  }
}

/** `writeAllSync` in Node's thread pool. Rejects with the system's error. */
export async function writeAll(
  files: SpoolFiles,
  fd: number,
  bytes: Uint8Array,
  at: number
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const left = bytes.length - done
    const written = await new Promise<number>((resolve, reject) => {
      files.write(fd, bytes, done, left, at + done, (error, count) =>
        error ? reject(error) : resolve(count)
      )
    })
    if (written === 0) throw noBytesTaken()
    done += written
  }
}
