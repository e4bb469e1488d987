import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { AuditError } from '../../base/error.ts'
import type { KeyContext } from '../key-provider.ts'

const DATA_KEY_BYTES = 32
const CHECK_BYTES = 16

/** A data key to encrypt with. Throws AuditError `bad_key` for bytes that are none. */
export function dataKeyOf(bytes: unknown): KeyObject {
  if (bytes instanceof Uint8Array && bytes.length === DATA_KEY_BYTES) return createSecretKey(bytes)
  throw new AuditError('bad_key', `the key provider must unwrap a key of ${DATA_KEY_BYTES} bytes`)
}

/** What is stored beside a wrapped data key: it tells this key from any other, and nothing of what it is. */
export function checkValueOf(key: KeyObject, { origin, key: name }: KeyContext): Uint8Array {
  const bound = JSON.stringify(['slm-audit data key check 1', origin, name])
  return createHmac('sha256', key).update(bound).digest().subarray(0, CHECK_BYTES)
}

/**
 * The data key that a provider unwrapped. Throws AuditError `bad_key` for bytes that are none, and for another key than the
 * one that was wrapped: what is encrypted with that could never be read.
 *
 * @param checkValue As it is stored; keys of earlier versions have none.
 */
export function unwrappedKeyOf(
  bytes: unknown,
  context: KeyContext,
  checkValue: Uint8Array | null | undefined
): KeyObject {
  const key = dataKeyOf(bytes)
  const isSame =
    !checkValue ||
    (checkValue.length === CHECK_BYTES && timingSafeEqual(checkValueOf(key, context), checkValue))
  if (isSame) return key
  const message = `the key provider unwrapped another key than ${context.key}; see that it has the wrapping key of this log`
  throw new AuditError('bad_key', message)
}
