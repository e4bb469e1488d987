import type { SealedContent } from '../record/sealed-record.ts'

const OPEN = 0x5b
const CLOSE = 0x5d
const COMMA = 0x2c

/** Whether something of a stored content is not there any more. */
export function isAbsent({ body, parts }: SealedContent): boolean {
  return parts ? parts.some((part) => part.body === undefined) : body === undefined
}

/** Whether something of a content is not stored any more; what is only encrypted is. */
export function isGone({ body, encrypted, parts }: SealedContent): boolean {
  return parts
    ? parts.some((part) => part.body === undefined && part.encrypted === undefined)
    : body === undefined && encrypted === undefined
}

/** The key of something in a content that is stored and that whoever reads cannot decrypt; `undefined` where there is nothing. */
export function encryptedWith({ encrypted, parts = [] }: SealedContent): string | undefined {
  return encrypted ?? parts.find((part) => part.encrypted !== undefined)?.encrypted
}

/**
 * The bytes of a content in parts. Without `at` the parts are the items of a JSON array: `[`, the
 * parts with commas between them, `]`. With `at` the others, with commas between them, belong into the
 * first behind so many bytes of it.
 */
export function joinParts(parts: readonly Uint8Array[], at: number | undefined): Uint8Array {
  const size = parts.reduce((total, { length }) => total + length, 0)
  const joined = new Uint8Array(lengthOfJoined(size, parts.length, at))
  const [frame, ...items] = at === undefined ? [FRAME, ...parts] : parts
  if (!frame) return joined
  // A place behind the frame is that of a damaged log, which verification tells of.
  const start = Math.min(at ?? 1, frame.length)
  joined.set(frame.subarray(0, start))
  let next = start
  for (const item of items) {
    if (next > start) joined[next++] = COMMA
    joined.set(item, next)
    next += item.length
  }
  joined.set(frame.subarray(start), next)
  return joined
}

const FRAME = Uint8Array.of(OPEN, CLOSE)

/** How many bytes `joinParts` gives for so many parts of so many bytes together. */
export function lengthOfJoined(size: number, parts: number, at: number | undefined): number {
  const items = at === undefined ? parts : parts - 1
  return size + Math.max(0, items - 1) + (at === undefined ? FRAME.length : 0)
}
