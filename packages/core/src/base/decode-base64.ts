/**
 * The bytes that a text in base64 stands for (RFC 4648, sections 4 and 5); `undefined` when it is none,
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
