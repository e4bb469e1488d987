import { readFileSync } from 'node:fs'
import { AuditError, messageOf } from '@slm-audit/core/journal'

/** Encrypts or decrypts bytes, age-encryption.org/v1. */
export type Cipher = (bytes: Uint8Array) => Promise<Uint8Array>

/** Encrypts to recipients (`age1…`); undefined without any. Rejects with AuditError `bad_key`. */
export async function encrypterFor(recipients: readonly string[]): Promise<Cipher | undefined> {
  if (recipients.length === 0) return undefined
  const { Encrypter } = await loadAge()
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (cause) {
      const message = `${recipient} is not an age recipient (age1…): ${messageOf(cause)}`
      throw new AuditError('bad_key', message, { cause })
    }
  }
  return (bytes) => encrypter.encrypt(bytes)
}

/** Decrypts with identities (`AGE-SECRET-KEY-1…`); without any it says which option is missing. */
export async function decrypterFor(identities: readonly string[]): Promise<Cipher> {
  // Where nothing is encrypted the package need not be there.
  if (identities.length === 0) {
    return async () => {
      throw new AuditError(
        'bad_key',
        'the records are encrypted; give an age identity (--identity)'
      )
    }
  }
  const { Decrypter } = await loadAge()
  const decrypter = new Decrypter()
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity)
    } catch {
      // The message of the library may repeat the secret.
      throw new AuditError('bad_key', 'an age identity (AGE-SECRET-KEY-1…) cannot be read')
    }
  }
  return async (bytes) => {
    try {
      return await decrypter.decrypt(bytes)
    } catch (cause) {
      const message = `the records cannot be decrypted: ${messageOf(cause)}; give the identity of a recipient`
      throw new AuditError('bad_key', message, { cause })
    }
  }
}

/** The recipients (`age1…`) that identities belong to. Rejects as `decrypterFor`. */
export async function recipientsOf(identities: readonly string[]): Promise<string[]> {
  if (identities.length === 0) return []
  await decrypterFor(identities)
  const { identityToRecipient } = await loadAge()
  return await Promise.all(identities.map((each) => identityToRecipient(each)))
}

/** The identities of a file as age-keygen writes it. Throws AuditError `bad_key`. */
export function readIdentities(file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const message = `the identity file ${file} cannot be read: ${messageOf(cause)}`
    throw new AuditError('bad_key', message, { cause })
  }
  const lines = text.split('\n').map((line) => line.trim())
  const identities = lines.filter((line) => line.startsWith('AGE-SECRET-KEY-'))
  if (identities.length > 0) return identities
  throw new AuditError('bad_key', `${file} holds no age identity (AGE-SECRET-KEY-1…)`)
}

/** Rejects with AuditError `bad_option` that says what to install. */
async function loadAge(): Promise<typeof import('age-encryption')> {
  try {
    return await import('age-encryption')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    const message =
      'encryption needs age-encryption, which is not installed: npm install age-encryption'
    throw new AuditError('bad_option', message, { cause })
  }
}
