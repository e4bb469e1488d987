/** A piece of a body: bytes, or text where the application took the body as text. */
export type BodyChunk = Uint8Array | string

/** Joins chunks to bytes. */
export function joinBytes(chunks: readonly BodyChunk[]): Uint8Array {
  const encoder = new TextEncoder()
  const parts = chunks.map((chunk) => (typeof chunk === 'string' ? encoder.encode(chunk) : chunk))
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Joins chunks and decodes them as UTF-8. */
export function decodeText(chunks: readonly BodyChunk[]): string {
  const decoder = new TextDecoder()
  let text = ''
  for (const chunk of chunks) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
