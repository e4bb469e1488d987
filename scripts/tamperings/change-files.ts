import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

/** Lines of a file. */
export type Lines = readonly string[]

/** Files of a log, and records in them. */
export interface Places {
  readonly first: string
  readonly second: string
  readonly open: string
  /** Index of the first record of the second and of the open file, and the size of the log. */
  readonly secondAt: number
  readonly openAt: number
  readonly size: number
}

/** The number in a file's name. */
export const numberIn = (name: string) => Number(/\d+/.exec(name)?.[0])

/** The lines of a file, unpacked. */
export function linesOf(folder: string, name: string): string[] {
  const bytes = readFileSync(join(folder, name))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text.split('\n').slice(0, -1)
}

/** Changes the lines of a file; a closed one is listed with its new bytes. */
export function rewrite(folder: string, name: string, change: (lines: Lines) => Lines): void {
  const text = change(linesOf(folder, name))
    .map((line) => `${line}\n`)
    .join('')
  if (name.endsWith('.gz')) repack(folder, name, () => gzipSync(text))
  else writeFileSync(join(folder, name), text)
}

/** Changes a closed file, and what the manifest says of its bytes. */
export function repack(folder: string, name: string, change: (bytes: Buffer) => Buffer): void {
  const bytes = change(readFileSync(join(folder, name)))
  writeFileSync(join(folder, name), bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  rewrite(folder, 'manifest.jsonl', (lines) =>
    lines.map((line) => {
      if (!line.includes(name)) return line
      return JSON.stringify({ ...JSON.parse(line), bytes: bytes.length, sha256 })
    })
  )
}

/** Changes one byte. */
export function flipByte(path: string): void {
  const bytes = readFileSync(path)
  bytes[20] = (bytes[20] ?? 0) ^ 1
  writeFileSync(path, bytes)
}
