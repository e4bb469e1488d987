import { fromBase64, toBase64 } from '../base/base64.ts'
import { AuditError } from '../base/error.ts'
import { toHex } from '../base/hex.ts'
import { type Hash, sha256 } from '../base/sha256.ts'

/** Signature types of C2SP signed-note that this package signs and verifies. */
export const ED25519 = 0x01
/** A timestamped cosignature by Ed25519, c2sp.org/tlog-cosignature. */
export const COSIGNATURE_V1 = 0x04

const PUBLIC_KEY_BYTES = 32
const encoder = new TextEncoder()

/** A key that verifies notes. */
export interface VerifierKey {
  /** Whose key it is. */
  readonly name: string
  /** Eight hexadecimal digits. */
  readonly keyId: string
  /** What the key signs: checkpoints, or cosignatures with a time. */
  readonly type: typeof ED25519 | typeof COSIGNATURE_V1
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
}

/** The id of a key: the first four bytes of SHA-256(name ‖ 0x0a ‖ type ‖ public key), as hex. */
export function keyIdOf(name: string, type: number, publicKey: Uint8Array, hash: Hash = sha256) {
  const named = encoder.encode(`${name}\n`)
  return toHex(hash(Uint8Array.from([...named, type, ...publicKey])).subarray(0, 4))
}

/** A verifier key of a name and a public key. Throws AuditError `bad_key` for a name notes forbid. */
export function verifierKey(
  name: string,
  publicKey: Uint8Array,
  type: VerifierKey['type'] = ED25519
): VerifierKey {
  checkKeyName(name)
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw badKey('an Ed25519 public key has 32 bytes')
  return { name, keyId: keyIdOf(name, type, publicKey), type, publicKey }
}

/** Throws AuditError `bad_key` for a name that is empty or has spaces or a plus sign. */
export function checkKeyName(name: string): void {
  if (name === '' || /[\s+\p{Cc}]/u.test(name) || !name.isWellFormed()) {
    throw badKey(`${JSON.stringify(name)} cannot name a key: no spaces, no plus sign, not empty`)
  }
}

/** The text form of a verifier key: `<name>+<key id>+<base64 of type and public key>`. */
export function formatVerifierKey({ name, keyId, type, publicKey }: VerifierKey): string {
  return `${name}+${keyId}+${toBase64(Uint8Array.from([type, ...publicKey]))}`
}

/** Reads a verifier key (vkey). Throws AuditError `bad_key`. */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name = '', keyId = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? []
  const bytes = fromBase64(base64)
  const type = bytes?.[0]
  if (!bytes || (type !== ED25519 && type !== COSIGNATURE_V1)) {
    throw badKey(`this is not an Ed25519 verifier key (name+id+base64): ${text}`)
  }
  const key = verifierKey(name, bytes.subarray(1), type)
  if (key.keyId !== keyId)
    throw badKey(`the verifier key of ${name} does not match its id ${keyId}`)
  return key
}

function badKey(problem: string): AuditError {
  return new AuditError('bad_key', problem)
}
