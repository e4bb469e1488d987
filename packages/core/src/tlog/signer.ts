import { verifySignature } from './ed25519.ts'
import { COSIGNATURE_V1, ED25519, type VerifierKey } from './key.ts'
import type { Note, NoteSignature } from './note.ts'

/**
 * Who holds the private key of a log: a file here, the environment of the process, a key management service,
 * another process (`slm-audit signer`), or a signer that says no more.
 */
export type Custody = 'file' | 'environment' | 'kms' | 'process' | 'signer'

/**
 * Whatever holds a private Ed25519 key: a file, the environment, a key management service. The
 * key's bytes need not be at hand.
 */
export interface Signer {
  /** What verifies the signatures. */
  readonly key: VerifierKey
  /** Who holds the private key, as the log records it; `signer` unless given. */
  readonly custody?: Custody
  /** The 64 bytes of the Ed25519 signature over `message` (RFC 8032). May throw or reject. */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

const encoder = new TextEncoder()
const TIMESTAMP_BYTES = 8

/** Signs a note's text as its author. */
export async function signNote(text: string, signer: Signer): Promise<NoteSignature> {
  const { name, keyId } = signer.key
  return { name, keyId, bytes: await signer.sign(encoder.encode(text)) }
}

/** Cosigns a checkpoint at a time in POSIX seconds, c2sp.org/tlog-cosignature, type 0x04. */
export async function cosign(
  text: string,
  seconds: number,
  signer: Signer
): Promise<NoteSignature> {
  const { name, keyId } = signer.key
  const signature = await signer.sign(cosignedMessage(text, seconds))
  const bytes = new Uint8Array(TIMESTAMP_BYTES + signature.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seconds))
  bytes.set(signature, TIMESTAMP_BYTES)
  return { name, keyId, bytes }
}

/** When a cosignature says to have been made, in POSIX seconds. */
export function cosignedAt({ bytes }: NoteSignature): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return bytes.length < TIMESTAMP_BYTES ? Number.NaN : Number(view.getBigUint64(0))
}

function cosignedMessage(text: string, seconds: number): Uint8Array {
  return encoder.encode(`cosignature/v1\ntime ${seconds}\n${text}`)
}

/** What a note has of a key: no signature, a good one, or a bad one. */
export type SignatureState = 'absent' | 'good' | 'bad'

/** Checks the signature that a note has by `key`. Signatures of other keys are passed over. */
export async function checkSignature(note: Note, key: VerifierKey): Promise<SignatureState> {
  const found = note.signatures.filter(
    ({ name, keyId }) => name === key.name && keyId === key.keyId
  )
  if (found.length === 0) return 'absent'
  for (const signature of found) {
    if (!(await isGood(note.text, signature, key))) return 'bad'
  }
  return 'good'
}

async function isGood(text: string, signature: NoteSignature, key: VerifierKey): Promise<boolean> {
  if (key.type === ED25519) {
    return verifySignature(key.publicKey, encoder.encode(text), signature.bytes)
  }
  if (key.type !== COSIGNATURE_V1 || signature.bytes.length <= TIMESTAMP_BYTES) return false
  const message = cosignedMessage(text, cosignedAt(signature))
  return verifySignature(key.publicKey, message, signature.bytes.subarray(TIMESTAMP_BYTES))
}
