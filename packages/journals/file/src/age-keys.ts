import { createHash } from 'node:crypto'
import { AuditError, refuseUnknown } from '@slm-audit/core/journal'
import type { KeyContext, KeyProvider } from '@slm-audit/core/node'
import { decrypterFor, encrypterFor } from './format/age.ts'

/** Whom data keys are encrypted to, and who opens them. */
export interface AgeKeys {
  /** Who can read: `age1…`. A process that has nothing else can write, and cannot read back. */
  readonly recipients?: readonly string[]
  /** Who reads: `AGE-SECRET-KEY-1…`. */
  readonly identities?: readonly string[]
}

const DIGEST_BYTES = 32
const ID_DIGITS = 12

/**
 * A key provider that encrypts data keys to age recipients (age-encryption.org/v1, X25519), such as those of people
 * who keep their identities offline. Its methods reject with AuditError `bad_key` for a recipient or an identity that is
 * none, and where no identity is that of a recipient. Throws AuditError `bad_option` where it is given neither.
 */
export function ageKeys(options: AgeKeys): KeyProvider {
  refuseUnknown('ageKeys', options, ['recipients', 'identities'])
  const { recipients = [], identities = [] } = options
  if (recipients.length + identities.length === 0) {
    throw new AuditError('bad_option', 'ageKeys needs recipients to write, or identities to read')
  }
  return {
    describe: () => ({ id: idOf(recipients) }),
    async wrap(key, context) {
      const encrypt = await encrypterFor(recipients)
      if (encrypt) return await encrypt(Buffer.concat([digestOf(context), key]))
      throw new AuditError(
        'bad_key',
        'ageKeys needs recipients (age1…) to write; these are for reading'
      )
    },
    ...(identities.length > 0 && {
      async unwrap(wrapped: Uint8Array, context: KeyContext) {
        const decrypt = await decrypterFor(identities)
        const bytes = await decrypt(wrapped)
        const isOfKey = digestOf(context).equals(bytes.subarray(0, DIGEST_BYTES))
        if (isOfKey) return bytes.slice(DIGEST_BYTES)
        throw new AuditError('bad_key', `${context.key} was exchanged for another in the log`)
      }
    })
  }
}

/** Names recipients; in whatever order they are given. */
function idOf(recipients: readonly string[]): string {
  const digest = createHash('sha256')
    .update([...recipients].sort().join('\n'))
    .digest('hex')
  return `age-${digest.slice(0, ID_DIGITS)}`
}

/** Stands before the key: age itself authenticates nothing beside what it encrypts. */
function digestOf({ origin, key }: KeyContext): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(['slm-audit data key 1', origin, key]))
    .digest()
}
