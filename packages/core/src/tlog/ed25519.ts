/** Whether `signature` is the Ed25519 signature of `message` by `publicKey` (RFC 8032). */
export async function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array
): Promise<boolean> {
  const bytes = (of: Uint8Array) => Uint8Array.from(of)
  try {
    const key = await crypto.subtle.importKey('raw', bytes(publicKey), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, bytes(signature), bytes(message))
  } catch {
    // Bytes that are neither a key nor a signature verify nothing.
    return false
  }
}
