import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import { writeKeyFile } from '@slm-audit/core/node'

/** The key that signs entries, and its public half as Rekor takes it: DER, in base64. */
export interface EntryKey {
  /** ECDSA on P-256. */
  readonly privateKey: KeyObject
  /** SubjectPublicKeyInfo. */
  readonly publicKey: string
}

/** Reads the key of a PEM file, made for its owner alone where it is missing. Throws AuditError `bad_key`. */
export function openEntryKey(path: string): EntryKey {
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeKeyFile(path, String(privateKey.export({ format: 'pem', type: 'pkcs8' })).trim())
  }
  try {
    const privateKey = createPrivateKey(readFileSync(path))
    if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
      throw new Error('it is not on the curve P-256')
    }
    const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
    return { privateKey, publicKey: der.toString('base64') }
  } catch (cause) {
    const message = `the key file ${path} holds no ECDSA key for entries: ${messageOf(cause)}; name another keyFile`
    throw new AuditError('bad_key', message, { cause })
  }
}
