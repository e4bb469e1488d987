/** Bytes that become arguments of one call. */
const SLICE = 4_096

/** Bytes in standard base64 with padding, RFC 4648 section 4. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += SLICE) {
    binary += String.fromCharCode(...bytes.subarray(at, at + SLICE))
  }
  return btoa(binary)
}

/** The bytes of standard base64, or `undefined` for a text that is not exactly that. */
export function fromBase64(text: string): Uint8Array | undefined {
  let binary: string
  try {
    binary = atob(text)
  } catch {
    return undefined
  }
  const bytes = Uint8Array.from(binary, (unit) => unit.charCodeAt(0))
  return toBase64(bytes) === text ? bytes : undefined
}

/**
 * The bytes that a text in base64 stands for (RFC 4648, sections 4 and 5); `undefined` when it is not base64,
 * or empty.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  let binary: string
  try {
    binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return undefined
  }
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes.length > 0 ? bytes : undefined
}
