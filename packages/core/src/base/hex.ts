import type { Hash } from './sha256.ts'

/** A hash as lower-case hexadecimal digits. */
export function hexOf(data: Uint8Array, hash: Hash): string {
  return hash.hex?.(data) ?? toHex(hash(data))
}

/** Bytes as lower-case hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte]
  return text
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The bytes that hexadecimal digits stand for, two digits a byte; the caller has checked the digits. */
export function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
