/** Pages and environments of tests may take it away. */
const Decoder = TextDecoder

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

/** Joins chunks and decodes them as UTF-8, as `Response.text()` does: without a byte order mark at the beginning. */
export function decodeText(chunks: readonly BodyChunk[]): string {
  return decode(chunks, newDecoder())
}

/** Joins chunks of a text of ours and decodes them as UTF-8: each character stays, U+FEFF at the beginning, too. */
export function exactText(chunks: readonly BodyChunk[]): string {
  return decode(chunks, newDecoder({ ignoreBOM: true }))
}

/** What decodes UTF-8, a piece after another with `stream`. Written out, as programs without the DOM's types do not know the runtime's. */
export interface Utf8Decoder {
  decode(bytes?: Uint8Array, options?: { readonly stream?: boolean }): string
}

/** A decoder of UTF-8, of the runtime's own. A `fatal` one throws TypeError for bytes that are none. */
export function newDecoder(options?: {
  readonly fatal?: boolean
  readonly ignoreBOM?: boolean
}): Utf8Decoder {
  return new Decoder('utf-8', options)
}

function decode(chunks: readonly BodyChunk[], decoder: Utf8Decoder): string {
  let text = ''
  for (const chunk of chunks) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
