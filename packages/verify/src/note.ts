import { createPublicKey, verify } from 'node:crypto'
import { digest } from './hashes.ts'

/** A signature line of a note. */
export interface Signature {
  /** Whose signature it says it is. */
  readonly name: string
  /** The key's four bytes of identification, in hex. */
  readonly id: string
  /** The signature, as its algorithm has it. */
  readonly value: Buffer
}

/** A signed note (c2sp.org/signed-note) that holds a checkpoint (c2sp.org/tlog-checkpoint). */
export interface Note {
  /** What is signed, with its last line feed. */
  readonly text: string
  /** The log's name, the first line. */
  readonly origin: string
  /** How many records the log had. */
  readonly size: number
  /** The root hash, 32 bytes. */
  readonly root: Buffer
  /** The lines of signatures, in order. */
  readonly signatures: readonly Signature[]
}

/** A verifier key: type 1 signs notes, type 4 cosigns them with a time. */
export interface PublicKey {
  /** Whose key it is. */
  readonly name: string
  /** The key's four bytes of identification, in hex. */
  readonly id: string
  /** 1 signs checkpoints; 4 signs cosignatures with a time. */
  readonly type: 1 | 4
  /** The Ed25519 public key, 32 bytes. */
  readonly value: Buffer
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids exactly these
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/

/** Reads a checkpoint, as strictly as the formats say. Throws an Error for a text that is not one. */
export function parseNote(file: string): Note {
  const end = file.lastIndexOf('\n\n')
  if (end < 0 || !file.endsWith('\n') || CONTROL.test(file) || !file.isWellFormed()) {
    throw new Error('the file is not a signed note')
  }
  const text = file.slice(0, end + 1)
  const [origin = '', digits = '', root64 = ''] = text.split('\n')
  const root = strictBase64(root64)
  const isSize = /^(0|[1-9]\d{0,15})$/.test(digits) && Number.isSafeInteger(Number(digits))
  if (origin === '' || !isSize || root.length !== 32) {
    throw new Error('the note is not a checkpoint: origin, size and root expected')
  }
  const signatures = file
    .slice(end + 2, -1)
    .split('\n')
    .map((line) => {
      const [, name = '', base64 = ''] = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line) ?? []
      const bytes = strictBase64(base64)
      if (bytes.length < 5) throw new Error(`not a signature line: ${line}`)
      return { name, id: bytes.toString('hex', 0, 4), value: bytes.subarray(4) }
    })
  return { text, origin, size: Number(digits), root, signatures }
}

/** Reads `name+id+base64`. Throws when the id is not that of the key. */
export function parseKey(text: string): PublicKey {
  const [, name = '', id = '', base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? []
  const bytes = strictBase64(base64)
  const type = bytes[0]
  if (bytes.length !== 33 || (type !== 1 && type !== 4))
    throw new Error(`not an Ed25519 key: ${text}`)
  if (/\p{Cc}/u.test(name) || !name.isWellFormed()) throw new Error(`not a key's name: ${text}`)
  if (digest(`${name}\n`, bytes).toString('hex', 0, 4) !== id)
    throw new Error(`wrong key id: ${text}`)
  return { name, id, type, value: bytes.subarray(1) }
}

/** Whether a note is signed by a key: `undefined` when it is not, false when the signature is bad. */
export function isSignedBy(note: Note, key: PublicKey): boolean | undefined {
  const own = note.signatures.filter(({ name, id }) => name === key.name && id === key.id)
  if (own.length === 0) return undefined
  return own.every(({ value }) => {
    if (key.type === 1) return isEd25519(key, note.text, value)
    if (value.length !== 8 + 64) return false
    const message = `cosignature/v1\ntime ${value.readBigUInt64BE(0)}\n${note.text}`
    return isEd25519(key, message, value.subarray(8))
  })
}

/** The DER of an Ed25519 public key, without its 32 bytes (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

function isEd25519({ value }: PublicKey, message: string, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  const der = Buffer.concat([SPKI, value])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  return verify(null, Buffer.from(message), key, signature)
}

/** Base64 as it must be written: what decodes to the same bytes in another spelling is refused. */
export function strictBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new Error(`not base64: ${text}`)
  return bytes
}
