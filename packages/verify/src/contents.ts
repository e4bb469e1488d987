import { Flaw } from './flaw.ts'
import { digest } from './hashes.ts'
import { strictBase64 } from './note.ts'

/** What a record says of a content. */
export interface Commitment {
  readonly bytes?: number
  readonly commitment?: string
  /** Of a content in parts: how many, and where in the first the others belong. */
  readonly parts?: number
  readonly at?: number
}

/** What a record says of its contents, by name. */
export type Commitments = { readonly [name: string]: Commitment }

/** A part, or a whole content: salt and body, or the commitment to what is not there any more. */
interface Stored {
  readonly salt?: Buffer
  readonly body?: Buffer
  readonly commitment?: Buffer
}

const HASH_BYTES = 32
const SALT_BYTES = 32

/**
 * Checks contents, one a line, against what the records of their indices commit to; returns how many
 * there are. Throws Flaw: for the record `first` where a line cannot be read.
 *
 * @param bytes The file, which may be longer than a string can be.
 */
export function checkContents(
  bytes: Buffer,
  file: string,
  first: number,
  commitmentsOf: (index: number) => Commitments | undefined
): number {
  if (bytes.length > 0 && bytes.at(-1) !== NEWLINE) {
    throw new Flaw(first, 'content mismatch', `${file} ends within a line`)
  }
  const seen = new Set<string>()
  for (const line of linesOf(bytes)) {
    const { index, name, stored } = readLine(line, file, first)
    const commitments = commitmentsOf(index) ?? {}
    const expected = Object.hasOwn(commitments, name) ? commitments[name] : undefined
    const isAgain = seen.has(`${index} ${name}`)
    seen.add(`${index} ${name}`)
    if (isAgain || !expected || !isCommitted(stored, expected)) {
      const detail = `${name} is not what its record commits to`
      throw new Flaw(Math.max(0, index), 'content mismatch', detail)
    }
  }
  return seen.size
}

const NEWLINE = 0x0a

function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf(NEWLINE, from)
    yield bytes.subarray(from, to)
    from = to + 1
  }
}

function isCommitted(stored: Stored | readonly Stored[], expected: Commitment): boolean {
  const found = isList(stored) ? chained(stored, expected.at) : committed(stored)
  if ((isList(stored) ? stored.length : undefined) !== expected.parts) return false
  if (found?.bytes !== undefined && found.bytes !== expected.bytes) return false
  return found !== undefined && found.commitment.toString('hex') === expected.commitment
}

function isList(stored: Stored | readonly Stored[]): stored is readonly Stored[] {
  return Array.isArray(stored)
}

interface Found {
  readonly commitment: Buffer
  readonly bytes?: number
}

/** SHA-256(salt, body). With another length the salt could hide bytes of the content. */
function committed({ salt, body }: Stored): Found | undefined {
  if (salt?.length !== SALT_BYTES || !body) return undefined
  return { commitment: digest(salt, body), bytes: body.length }
}

/** The head of the chain over the parts, and the length of the content where all of them are here. */
function chained(parts: readonly Stored[], at: number | undefined): Found | undefined {
  let head: Buffer = Buffer.alloc(HASH_BYTES)
  const frame = at === undefined ? '[]'.length : 0
  const commas = Math.max(0, parts.length - (at === undefined ? 1 : 2))
  let bytes: number | undefined = frame + commas
  for (const part of parts) {
    const gone = part.body === undefined && part.commitment?.length === HASH_BYTES
    const found: Found | undefined = gone ? (part as Found) : committed(part)
    if (!found) return undefined
    head = digest('\u0002', head, found.commitment)
    bytes = gone || bytes === undefined ? undefined : bytes + (found.bytes ?? 0)
  }
  return { commitment: head, ...(bytes !== undefined && { bytes }) }
}

function readLine(line: Buffer, file: string, first: number) {
  try {
    const { index, name, parts, ...whole } = JSON.parse(line.toString('utf8')) as {
      [name: string]: unknown
    }
    const stored = Array.isArray(parts) ? parts.map(readStored) : readStored(whole)
    return { index: Number(index), name: String(name), stored }
  } catch {
    throw new Flaw(first, 'content mismatch', `${file} cannot be read`)
  }
}

function readStored(value: unknown): Stored {
  const { salt, body, commitment } = Object(value) as { readonly [name: string]: unknown }
  if (commitment !== undefined) return { commitment: strictBase64(String(commitment)) }
  return { salt: strictBase64(String(salt)), body: strictBase64(String(body)) }
}
