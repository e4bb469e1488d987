import { createPublicKey, verify } from 'node:crypto'
import { parseVerifierKey } from '../tlog/key.ts'
import type { Note } from '../tlog/note.ts'

/** An Ed25519 public key as SubjectPublicKeyInfo begins (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Whether a key, given as a verifier key, has signed a note. Never throws. */
export function isSignedBy({ text, signatures }: Note, key: string): boolean {
  const [name, id] = key.split('+')
  return signatures.some(
    (signature) =>
      signature.name === name && signature.keyId === id && isSignature(key, text, signature.bytes)
  )
}

function isSignature(key: string, text: string, signature: Uint8Array): boolean {
  try {
    const der = Buffer.concat([SPKI_PREFIX, parseVerifierKey(key).publicKey])
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
    return verify(null, Buffer.from(text), publicKey, signature)
  } catch {
    // Bytes that are neither a key nor a signature verify nothing.
    return false
  }
}
