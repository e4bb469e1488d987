import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { AuditError, messageOf } from '../base/error.ts'
import type { KeyContext, KeyProvider, KeyProviderFacts } from './key-provider.ts'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORM = /^[0-9a-f]{64}$/i
const ID_DIGITS = 12

/** A wrapping key, and what it goes by: `w-` and the beginning of a hash of it. */
interface WrappingKey {
  readonly id: string
  readonly bytes: Uint8Array
}

/** A provider that does all in this thread, at once. */
export interface LocalKeyProvider extends KeyProvider {
  /** As of a `KeyProvider`; throws AuditError `bad_key` where the key to wrap with is missing. */
  wrap(key: Uint8Array, context: KeyContext): Uint8Array
  /** As of a `KeyProvider`; throws AuditError `bad_key` where the key that wrapped is missing, or the bytes were changed. */
  unwrap(wrapped: Uint8Array, context: KeyContext): Uint8Array
  /** As of a `KeyProvider`: `w-` and the beginning of a hash of the first key. */
  describe(): KeyProviderFacts
}

/**
 * A provider of the keys in a file or an environment variable, read each time one is used: the first wraps, all
 * unwrap. Its methods throw AuditError `bad_key` where a key is missing, or is none.
 */
export function localKeyProvider(
  source: { readonly file: string } | { readonly env: string }
): LocalKeyProvider {
  const keys = () => readWrappingKeys(source)
  return {
    describe: () => ({ id: first(keys()).id }),
    wrap: (key, context) => wrapWith(first(keys()), key, context),
    unwrap(wrapped, context) {
      const id = idIn(wrapped)
      const found = keys().find((each) => each.id === id)
      if (found) return unwrapWith(found, wrapped, context)
      const message = `${context.key} was wrapped with ${id}, which is not in ${placeOf(source)}; add that key to it`
      throw new AuditError('bad_key', message)
    }
  }
}

/** A new wrapping key as text. */
export function newWrappingKey(): string {
  return randomBytes(KEY_BYTES).toString('hex')
}

/** The keys of a source, the one in use first. Throws AuditError `bad_key`; the message never holds a key. */
export function readWrappingKeys(
  source: { readonly file: string } | { readonly env: string }
): readonly WrappingKey[] {
  const place = placeOf(source)
  const words = textOf(source)
    .split(/[\s,]+/)
    .filter((word) => word !== '')
  if (words.length === 0 || words.some((word) => !FORM.test(word))) {
    const message = `${place} must hold keys of 64 hexadecimal digits, one a line, the one in use first`
    throw new AuditError('bad_key', message)
  }
  return words.map((word) => {
    const bytes = new Uint8Array(Buffer.from(word, 'hex'))
    return { id: idOf(bytes), bytes }
  })
}

function textOf(source: { readonly file: string } | { readonly env: string }): string {
  if ('env' in source) {
    const text = process.env[source.env]
    if (text) return text
    const message = `the environment has no ${source.env}; set it to the keys of the contents`
    throw new AuditError('bad_key', message)
  }
  try {
    return readFileSync(source.file, 'utf8')
  } catch (cause) {
    const message = `the key file ${source.file} cannot be read (${messageOf(cause)}); check the path and its permissions`
    throw new AuditError('bad_key', message, { cause })
  }
}

function placeOf(source: { readonly file: string } | { readonly env: string }): string {
  return 'file' in source ? source.file : source.env
}

function first(keys: readonly WrappingKey[]): WrappingKey {
  const [key] = keys
  if (key) return key
  throw new AuditError('bad_key', 'there is no wrapping key')
}

function idOf(bytes: Uint8Array): string {
  const digest = createHash('sha256').update('slm-audit wrapping key\n').update(bytes).digest('hex')
  return `w-${digest.slice(0, ID_DIGITS)}`
}

/** A wrapped key is the id of the wrapping key, nonce, tag, ciphertext. */
const ID_BYTES = ID_DIGITS + 2

function wrapWith({ id, bytes }: WrappingKey, key: Uint8Array, context: KeyContext): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, bytes, nonce)
  cipher.setAAD(boundTo(context))
  const encrypted = Buffer.concat([cipher.update(key), cipher.final()])
  const name = Buffer.from(id, 'latin1')
  return new Uint8Array(Buffer.concat([name, nonce, cipher.getAuthTag(), encrypted]))
}

function unwrapWith(
  { id, bytes }: WrappingKey,
  wrapped: Uint8Array,
  context: KeyContext
): Uint8Array {
  const [nonceEnd, tagEnd] = [ID_BYTES + NONCE_BYTES, ID_BYTES + NONCE_BYTES + TAG_BYTES]
  try {
    const decipher = createDecipheriv(ALGORITHM, bytes, wrapped.subarray(ID_BYTES, nonceEnd))
    decipher.setAAD(boundTo(context))
    decipher.setAuthTag(wrapped.subarray(nonceEnd, tagEnd))
    const key = Buffer.concat([decipher.update(wrapped.subarray(tagEnd)), decipher.final()])
    return new Uint8Array(key)
  } catch (cause) {
    const message = `${context.key} is not what ${id} wrapped: somebody has changed it in the log`
    throw new AuditError('bad_key', message, { cause })
  }
}

function idIn(wrapped: Uint8Array): string {
  return Buffer.from(wrapped.subarray(0, ID_BYTES)).toString('latin1')
}

/** What a wrapped key is authenticated with: moved to another log, or under another name, it does not open. */
function boundTo({ origin, key }: KeyContext): Buffer {
  return Buffer.from(JSON.stringify(['slm-audit data key 1', origin, key]))
}
