const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const CHECKSUM_LETTERS = 6
const KEY_BYTES = 32

/**
 * The X25519 key of an age recipient, `age1…`, which is Bech32 (BIP 173). Throws TypeError that says what is wrong with
 * any other text.
 */
export function recipientKey(recipient: string): Uint8Array {
  if (recipient.startsWith('AGE-SECRET-KEY-')) {
    throw new TypeError(
      'is an identity, which reads; give its recipient (age1…), which only writes'
    )
  }
  const letters = recipient.slice('age1'.length)
  const values = [...letters].map((letter) => LETTERS.indexOf(letter))
  if (recipient.startsWith('age1') && letters.includes('1')) {
    throw new TypeError('is an age recipient of another kind; give an X25519 one, of age-keygen')
  }
  const isBech32 = recipient.startsWith('age1') && !values.includes(-1)
  if (!isBech32 || checksumOf([...'age'], values) !== 1) {
    throw new TypeError('is not an age recipient (age1…), or a letter of it is wrong')
  }
  const bytes = bytesOf(values.slice(0, -CHECKSUM_LETTERS))
  if (bytes.length === KEY_BYTES) return bytes
  throw new TypeError('is not an age recipient (age1…): it has no 32 bytes')
}

function checksumOf(prefix: readonly string[], values: readonly number[]): number {
  const codes = prefix.map((letter) => letter.charCodeAt(0))
  const all = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...values]
  return all.reduce((checksum, value) => {
    const top = checksum >>> 25
    const next = ((checksum & 0x1ffffff) << 5) ^ value
    return GENERATOR.reduce((sum, each, bit) => ((top >> bit) & 1 ? sum ^ each : sum), next)
  }, 1)
}

/** Bytes of values of five bits each; what is left over is no byte. */
function bytesOf(values: readonly number[]): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let count = 0
  for (const value of values) {
    bits = ((bits << 5) | value) & 0xfff
    count += 5
    if (count < 8) continue
    count -= 8
    bytes.push((bits >> count) & 0xff)
  }
  return Uint8Array.from(bytes)
}
