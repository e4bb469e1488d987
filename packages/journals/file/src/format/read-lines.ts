import { createReadStream, statSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { Cipher } from './age.ts'
import { compressionOf } from './layout.ts'

/** No record has a longer line, in bytes: V8 holds no text of twice that. */
const LONGEST_LINE = 256 * 1024 * 1024
const NEWLINE = 0x0a

const UNPACKING = { gzip: zlib.createGunzip, zstd: zlib.createZstdDecompress }

/** Some of a file's lines, in order. */
export interface Lines {
  readonly texts: readonly string[]
  /** What follows is not a whole line: the file ends within one, or cannot be read any further. */
  readonly damage?: string
}

/**
 * Reads a file's lines piece by piece, decrypted (`.age`) and decompressed (`.gz`, `.zst`) by the
 * endings of its name, so that memory holds a piece and a line, however large the file is or unpacks
 * to. Where it cannot be read any further the last piece says why. Rejects with AuditError
 * `journal_unavailable` for a file that cannot be opened, and as `decrypt` does.
 *
 * @param stored What is read instead of what the file holds.
 */
export async function* readLines(
  path: string,
  decrypt: Cipher,
  stored?: Uint8Array
): AsyncGenerator<Lines> {
  let rest: Buffer[] = []
  let restBytes = 0
  let hasBegun = false
  try {
    for await (const part of unpackedParts(path, decrypt, stored)) {
      hasBegun = true
      const texts: string[] = []
      let at = 0
      for (let end = part.indexOf(NEWLINE); end >= 0; end = part.indexOf(NEWLINE, at)) {
        const tail = part.subarray(at, end)
        texts.push((rest.length > 0 ? Buffer.concat([...rest, tail]) : tail).toString('utf8'))
        rest = []
        restBytes = 0
        at = end + 1
      }
      rest.push(part.subarray(at))
      restBytes += part.length - at
      if (texts.length > 0) yield { texts }
      if (restBytes > LONGEST_LINE) {
        yield { texts: [], damage: `a line is longer than ${LONGEST_LINE} bytes` }
        return
      }
    }
  } catch (cause) {
    if (AuditError.is(cause)) throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    if (!hasBegun && /^E[A-Z]+$/.test(code)) {
      const message = `${path} cannot be read: ${messageOf(cause)}; name a directory or a file of a log`
      throw new AuditError('journal_unavailable', message, { cause })
    }
    yield { texts: [], damage: `it cannot be read any further: ${messageOf(cause)}` }
    return
  }
  if (restBytes > 0) yield { texts: [], damage: 'it ends within a line' }
}

async function* unpackedParts(
  path: string,
  decrypt: Cipher,
  stored: Uint8Array | undefined
): AsyncGenerator<Buffer> {
  // Nobody may ever write to a pipe, and a device may have no end.
  const found = statSync(path)
  if (!found.isFile() && !found.isDirectory()) {
    throw new AuditError('journal_damaged', `${path} is no file`)
  }
  const isEncrypted = path.endsWith('.age')
  const bytes = isEncrypted ? decrypted(path, decrypt) : stored && [stored]
  const source = bytes ? Readable.from(bytes) : createReadStream(path)
  const compression = compressionOf(isEncrypted ? path.slice(0, -'.age'.length) : path)
  const output = new PassThrough()
  const steps = compression ? [UNPACKING[compression]()] : []
  const running = pipeline([source, ...steps, output])
  // The reader meets the error, also where it stops early.
  running.catch(() => undefined)
  for await (const part of output) yield part as Buffer
  await running
}

async function* decrypted(path: string, decrypt: Cipher): AsyncGenerator<Uint8Array> {
  const parts: Buffer[] = []
  for await (const part of createReadStream(path)) parts.push(part as Buffer)
  yield await decrypt(Buffer.concat(parts))
}
