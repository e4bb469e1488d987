import { toBase64 } from '../base/base64.ts'
import { builtinModule } from '../base/builtin-module.ts'
import { joinBytes } from '../base/bytes.ts'
import { recipientKey } from './age-recipient.ts'

/** Encrypts bytes as an age file. Throws what `node:crypto` throws. */
export type Encrypt = (bytes: Uint8Array) => Uint8Array

type Crypto = typeof import('node:crypto')

const FILE_KEY_BYTES = 16
const KEY_BYTES = 32
/** What one key is used for once: the nonce is zero. */
const ONCE = new Uint8Array(12)
/** Bytes of plaintext in one chunk of the payload. */
const CHUNK = 64 * 1024
/** X.509's frame around a raw X25519 key (RFC 8410), which is how Node takes one. */
const PUBLIC_KEY_FRAME = [0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 33, 0]

const encoder = new TextEncoder()

/**
 * What encrypts to recipients, as age-encryption.org/v1 has it (https://c2sp.org/age, X25519): whoever has an identity
 * of one of them opens it with any age. It works at once, because records are made without waiting; the package
 * age-encryption does not. Throws TypeError for a recipient that is none, and where the runtime has no `node:crypto`.
 */
export function ageEncrypter(recipients: readonly string[]): Encrypt {
  const crypto = builtinModule<Crypto>('node:crypto') as Crypto | undefined
  if (!crypto) throw new TypeError('needs node:crypto, which this runtime does not have')
  const keys = recipients.map(recipientKey)
  return (bytes) => {
    const fileKey = crypto.randomBytes(FILE_KEY_BYTES)
    const stanzas = keys.map((key) => stanzaFor(key, fileKey, crypto))
    const head = `age-encryption.org/v1\n${stanzas.join('')}---`
    const mac = crypto.createHmac('sha256', derived(crypto, fileKey, ONE_SALT, 'header'))
    const nonce = crypto.randomBytes(FILE_KEY_BYTES)
    return joinBytes([
      encoder.encode(`${head} ${base64(mac.update(head).digest())}\n`),
      nonce,
      ...chunksOf(bytes, derived(crypto, fileKey, nonce, 'payload'), crypto)
    ])
  }
}

const ONE_SALT = new Uint8Array(0)

/** Throws TypeError for a recipient that nothing can be encrypted to, as its key is one of the few that give no secret. */
export function checkAgeRecipient(recipient: string): void {
  const encrypt = ageEncrypter([recipient])
  try {
    encrypt(new Uint8Array(0))
  } catch (cause) {
    const next = 'give one that age-keygen printed'
    throw new TypeError(`is an age recipient that nothing can be encrypted to; ${next}`, { cause })
  }
}

/** The file key for one recipient, in the lines of the header. */
function stanzaFor(recipient: Uint8Array, fileKey: Uint8Array, crypto: Crypto): string {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('x25519')
  const share = publicKey.export({ type: 'spki', format: 'der' }).subarray(-KEY_BYTES)
  const key = Buffer.from([...PUBLIC_KEY_FRAME, ...recipient])
  const of = crypto.createPublicKey({ key, type: 'spki', format: 'der' })
  const secret = crypto.diffieHellman({ privateKey, publicKey: of })
  const salt = joinBytes([share, recipient])
  const wrapping = derived(crypto, secret, salt, 'age-encryption.org/v1/X25519')
  const wrapped = sealed(fileKey, wrapping, ONCE, crypto)
  return `-> X25519 ${base64(share)}\n${base64(wrapped)}\n`
}

/** The payload: chunks under a counter, of which the last says that it is. */
function chunksOf(bytes: Uint8Array, key: Uint8Array, crypto: Crypto): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK))
  return Array.from({ length: count }, (_, index) => {
    const nonce = new Uint8Array(12)
    new DataView(nonce.buffer).setUint32(7, index)
    if (index === count - 1) nonce[11] = 1
    return sealed(bytes.subarray(index * CHUNK, (index + 1) * CHUNK), key, nonce, crypto)
  })
}

function sealed(bytes: Uint8Array, key: Uint8Array, nonce: Uint8Array, crypto: Crypto): Uint8Array {
  const cipher = crypto.createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 })
  return joinBytes([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

function derived(crypto: Crypto, key: Uint8Array, salt: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(crypto.hkdfSync('sha256', key, salt, use, KEY_BYTES))
}

/** Base64 as age's header has it: without padding. */
function base64(bytes: Uint8Array): string {
  return toBase64(bytes).replace(/=+$/, '')
}
