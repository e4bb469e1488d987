import { readIfThere } from '../format/files.ts'
import { endOf, readLine } from '../format/line.ts'
import type { LostEnd } from './lost-end.ts'

/** What can be read of a file of records that is damaged. */
export interface Salvaged {
  /** Lines of the log in order, each with its end: what the log goes on with. */
  readonly bytes: Buffer
  /** Index of the first record that is not among them, and how many the log had by the others. */
  readonly lost: LostEnd
}

/**
 * The lines of a damaged file that follow each other from record `first` on, without those between that are none of the
 * log's, or that it has already.
 */
export function salvage(path: string, first: number): Salvaged {
  const kept: string[] = []
  let next = first
  let had = first
  for (const line of readIfThere(path).toString('utf8').split('\n')) {
    const read = readLine(line)
    if (!read) continue
    if (read.kind === 'end') {
      // What follows it is no part of this file.
      if (read.end === next) kept.push(line)
      had = Math.max(had, read.end)
      break
    }
    const end = endOf(read)
    had = Math.max(had, end)
    if (read.first !== next) continue
    kept.push(line)
    next = end
  }
  return {
    bytes: Buffer.from(kept.map((line) => `${line}\n`).join('')),
    lost: { from: next, had }
  }
}
