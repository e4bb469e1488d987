import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  randomBytes,
  sign
} from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync
} from 'node:fs'
import { fromBase64, toBase64 } from '../base/base64.ts'
import { AuditError, messageOf } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import { COSIGNATURE_V1, ED25519, type VerifierKey, verifierKey } from '../tlog/key.ts'
import type { Signer } from '../tlog/signer.ts'

/** SHA-256 by node:crypto, in one call; by way of a string, which costs a third of a buffer. */
export const nodeSha256: Hash = Object.assign(
  (data: Uint8Array) => Buffer.from(hash('sha256', data, 'binary'), 'latin1'),
  { hex: (data: Uint8Array) => hash('sha256', data, 'hex') }
)

/** PKCS #8 of an Ed25519 key is this, followed by the 32 bytes of the seed (RFC 8410). */
const PKCS8 = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32)
const SEED_BYTES = 32
const PREFIX = 'PRIVATE+KEY+'

/** A signer that was opened; of a key that this process has itself, `signNow` signs at once. */
export interface OpenedSigner extends Signer {
  /** The Ed25519 signature over `message`; absent where another process or a service holds the key. */
  readonly signNow?: (message: Uint8Array) => Uint8Array
}

/** A new private key as text, in the form of Go's sumdb/note: `PRIVATE+KEY+<name>+<id>+<base64>`. */
export function newPrivateKey(name: string): string {
  const seed = randomBytes(SEED_BYTES)
  const { keyId } = verifierKey(name, publicKeyOf(privateKeyOf(seed)))
  return `${PREFIX}${name}+${keyId}+${toBase64(Uint8Array.of(ED25519, ...seed))}`
}

/**
 * A signer for a private key in text form, for notes or, with type 0x04, for cosignatures. Throws
 * AuditError `bad_key` for a text that is not one; the message never holds the text.
 */
export function privateKeySigner(
  text: string,
  type: VerifierKey['type'] = ED25519
): OpenedSigner & { sign(message: Uint8Array): Uint8Array } {
  const [, name = '', keyId = '', base64 = ''] =
    /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(\S+)\s*$/.exec(text) ?? []
  const bytes = fromBase64(base64)
  if (bytes?.length !== SEED_BYTES + 1 || bytes[0] !== ED25519) {
    throw new AuditError(
      'bad_key',
      'this is not an Ed25519 private key (PRIVATE+KEY+name+id+base64)'
    )
  }
  const privateKey = privateKeyOf(bytes.subarray(1))
  const key = verifierKey(name, publicKeyOf(privateKey), ED25519)
  if (key.keyId !== keyId) {
    throw new AuditError('bad_key', `the private key of ${name} does not match its id ${keyId}`)
  }
  const signNow = (message: Uint8Array) => sign(null, message, privateKey)
  const verifier = type === COSIGNATURE_V1 ? verifierKey(name, key.publicKey, type) : key
  return { key: verifier, sign: signNow, signNow }
}

/**
 * The private key of a file; made, with permissions 0600, where the file is missing and a `name`
 * is given. Several processes may do so at once. Throws AuditError `bad_key` for a file that others
 * can read, that cannot be read, or that is missing without a name.
 */
export function readKeyFile(path: string, name?: string): string {
  try {
    const { mode } = statSync(path)
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw new AuditError('bad_key', `others can read the key file ${path}; chmod 600 it`)
    }
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    if (AuditError.is(cause)) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && name !== undefined) {
      writeKeyFile(path, newPrivateKey(name))
      return readKeyFile(path)
    }
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const problem = isMissing
      ? 'is missing; put it back, or begin a new log in another file'
      : `cannot be read: ${messageOf(cause)}`
    throw new AuditError('bad_key', `the key file ${path} ${problem}`, { cause })
  }
}

/** Writes a key file whole, with permissions 0600, unless there is one. */
export function writeKeyFile(path: string, text: string): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  try {
    const file = openSync(draft, 'wx', 0o600)
    try {
      writeSync(file, `${text}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(draft, path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return
    throw new AuditError('bad_key', `the key file ${path} cannot be written: ${messageOf(cause)}`, {
      cause
    })
  } finally {
    rmSync(draft, { force: true })
  }
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  const key = Buffer.concat([PKCS8, seed])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function publicKeyOf(privateKey: KeyObject): Uint8Array {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return Uint8Array.from(Buffer.from(x, 'base64url'))
}
