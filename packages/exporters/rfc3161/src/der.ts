/** A value in DER (ITU-T X.690): its tag and the bytes in it. */
export interface DerValue {
  /** The first byte: class, form and number. */
  readonly tag: number
  /** What it holds, without tag and length. */
  readonly content: Uint8Array
}

/** Tags that time stamps are made of. */
export const TAG = { integer: 2, octets: 4, sequence: 48, time: 24, explicit: 160 } as const

/** Writes a value; `parts` are its content, one behind the other. */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 128) return Buffer.concat([Uint8Array.of(tag, length), content])
  const size = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Uint8Array.of(tag, ...size), content])
}

/** The values that stand one behind the other in some bytes. Throws an Error for bytes that are no DER. */
export function decodeDer(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1] ?? 0
    const more = first < 128 ? 0 : first & 127
    if (more > 4 || first === 128) throw new Error('its length is not DER')
    let length = more === 0 ? first : 0
    for (let place = 0; place < more; place++) length = length * 256 + (bytes[at + 2 + place] ?? 0)
    const start = at + 2 + more
    if (start + length > bytes.length) throw new Error('it is cut off')
    values.push({ tag, content: bytes.subarray(start, start + length) })
    at = start + length
  }
  return values
}
