import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import {
  AuditError,
  commit,
  joinParts,
  type SealedContent,
  type SealedPart,
  type SealedRecord,
  toHex
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { ContentPlace, PackedContent } from './batch.ts'

// An older Node, which is told so by `checkNode`, has no Zstandard: it is asked for when it is needed.
const pack = (bytes: Uint8Array) => promisify(zlib.zstdCompress)(bytes)
const unpack: typeof zlib.zstdDecompress.__promisify__ = (...args) =>
  promisify(zlib.zstdDecompress)(...args)
const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const TAG_BYTES = 16
/** Each key encrypts one content once, so that its nonce need not differ. */
const NONCE = new Uint8Array(12)
/** A text that is shorter is not worth packing, and one that is longer is packed off this thread; in bytes. */
const PACKED_FROM = 256
const PACKED_HERE = 32 * 1024
/** How long other work of the process waits at most, in milliseconds. */
const TURN_MS = 5
/** The first byte of a content before it is encrypted: whether it is packed with Zstandard. */
const PLAIN = 0
const PACKED = 1
/** No content unpacks to more, in bytes: few bytes can stand for very many. */
const MOST_BYTES = 1024 * 1024 * 1024
const NOTHING = new Uint8Array()

/** The contents of some records, taken apart for an archive. */
export interface PackedBatch {
  /** The records without salts and bytes; parts with their commitments. */
  readonly records: readonly SealedRecord[]
  /** Where each content is in `object`, with what opens it. */
  readonly contents: readonly PackedContent[]
  /** Contents one after the other, each compressed and encrypted by itself; empty where there are none. */
  readonly object: Uint8Array
}

/** Whether a content, or a part of one, that has a commitment (lower-case hex) is to be left out. */
export type IsErased = (index: number, commitment: string) => boolean

interface Waiting {
  readonly salt: Uint8Array
  readonly body: Uint8Array
  readonly places: ContentPlace[]
}

/**
 * Takes records and their contents apart: whoever has the object alone can read nothing of it, and a content whose
 * secret is gone is gone. A part that several records share is there once.
 */
export async function packContents(
  records: readonly SealedRecord[],
  isErased: IsErased
): Promise<PackedBatch> {
  const waiting = new Map<string, Waiting>()
  const keep = (place: ContentPlace, { salt, body }: SealedPart): void => {
    if (!salt || !body) return
    // Salts are random: the same salt is that of the same part.
    const name = place.part === undefined ? nameOf(place) : toHex(salt)
    const known = waiting.get(name)
    if (known && Buffer.compare(known.body, body) === 0) known.places.push(place)
    else waiting.set(known ? nameOf(place) : name, { salt, body, places: [place] })
  }
  const stripped = records.map((sealed) => ({
    ...sealed,
    contents: sealed.contents.map((content) => strip(sealed, content, isErased, keep))
  }))
  return { records: stripped, ...(await encrypted([...waiting.values()])) }
}

function strip(
  { index }: SealedRecord,
  { name, type, salt, body, parts, at }: SealedContent,
  isErased: IsErased,
  keep: (place: ContentPlace, stored: SealedPart) => void
): SealedContent {
  if (!parts) {
    const isThere = body && !isErased(index, commit(salt, body, nodeSha256))
    if (isThere) keep({ index, name }, { salt, body })
    return { name, type, salt: NOTHING }
  }
  const stored = parts.map((each, part) => {
    const commitment = commitmentOf(each)
    if (commitment === undefined) return {}
    if (!isErased(index, commitment)) keep({ index, name, part }, each)
    return { commitment: new Uint8Array(Buffer.from(commitment, 'hex')) }
  })
  return { name, type, salt: NOTHING, parts: stored, ...(at !== undefined && { at }) }
}

function commitmentOf({ salt, body, commitment }: SealedPart): string | undefined {
  if (commitment) return toHex(commitment)
  return salt && body && commit(salt, body, nodeSha256)
}

function nameOf({ index, name, part }: ContentPlace): string {
  return JSON.stringify([index, name, part])
}

async function encrypted(
  waiting: readonly Waiting[]
): Promise<Pick<PackedBatch, 'contents' | 'object'>> {
  const contents: PackedContent[] = []
  const pieces: Uint8Array[] = []
  let at = 0
  let turn = performance.now()
  for (const { salt, body, places } of waiting) {
    const key = randomBytes(KEY_BYTES)
    const cipher = createCipheriv(CIPHER, key, NONCE)
    const text = body.length > PACKED_HERE ? await packedApart(body) : packedHere(body)
    const piece = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
    contents.push({ at, bytes: piece.length, secret: Buffer.concat([key, salt]), places })
    pieces.push(piece)
    at += piece.length
    if (performance.now() - turn < TURN_MS) continue
    await setImmediate()
    turn = performance.now()
  }
  return { contents, object: Buffer.concat(pieces) }
}

function packedHere(body: Uint8Array): Buffer {
  if (body.length < PACKED_FROM) return Buffer.concat([Uint8Array.of(PLAIN), body])
  return Buffer.concat([Uint8Array.of(PACKED), zlib.zstdCompressSync(body)])
}

async function packedApart(body: Uint8Array): Promise<Buffer> {
  return Buffer.concat([Uint8Array.of(PACKED), await pack(body)])
}

/**
 * The salt and bytes of a content, out of its bytes in the object. Rejects with AuditError `journal_damaged` for what
 * its key does not open.
 */
export async function openContent(
  piece: Uint8Array,
  secret: Uint8Array
): Promise<Required<Pick<SealedPart, 'salt' | 'body'>>> {
  const [key, salt] = [secret.subarray(0, KEY_BYTES), secret.slice(KEY_BYTES)]
  try {
    const decipher = createDecipheriv(CIPHER, key, NONCE)
    decipher.setAuthTag(piece.subarray(piece.length - TAG_BYTES))
    const text = Buffer.concat([
      decipher.update(piece.subarray(0, piece.length - TAG_BYTES)),
      decipher.final()
    ])
    if (text[0] === PLAIN) return { salt, body: new Uint8Array(text.subarray(1)) }
    const body = await unpack(text.subarray(1), { maxOutputLength: MOST_BYTES })
    return { salt, body: new Uint8Array(body) }
  } catch (cause) {
    throw new AuditError('journal_damaged', 'a content is not what its key opens', { cause })
  }
}

/** Puts contents back into a record, as far as they are there. */
export function restore(
  sealed: SealedRecord,
  find: (place: ContentPlace) => Required<Pick<SealedPart, 'salt' | 'body'>> | undefined
): SealedRecord {
  const { index } = sealed
  const contents = sealed.contents.map(({ name, type, salt, parts, at }): SealedContent => {
    if (!parts) return { name, type, salt, ...find({ index, name }) }
    const found = parts.map((each, part) => partOf(each, find({ index, name, part })))
    const bodies = found.flatMap(({ body }) => body ?? [])
    return {
      name,
      type,
      salt,
      ...(bodies.length === found.length && { body: joinParts(bodies, at) }),
      parts: found,
      ...(at !== undefined && { at })
    }
  })
  return { ...sealed, contents }
}

/** A part as it was found, unless the batch says another commitment of it: verification then tells that something is changed. */
function partOf(
  stored: SealedPart,
  found: Required<Pick<SealedPart, 'salt' | 'body'>> | undefined
): SealedPart {
  if (!found) return stored
  const { commitment } = stored
  const isSame = commitment && commit(found.salt, found.body, nodeSha256) === toHex(commitment)
  return isSame === false ? stored : found
}
