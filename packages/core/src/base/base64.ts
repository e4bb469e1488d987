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
  // `atob` also takes texts without padding, with blanks, or with bits behind the last byte.
  return btoa(binary) === text ? bytesIn(binary) : undefined
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
  return binary.length > 0 ? bytesIn(binary) : undefined
}

function bytesIn(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}
