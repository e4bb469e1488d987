import { builtinModule } from './builtin-module.ts'

/** What of `node:buffer` is used. */
interface Buffers {
  isEncoding(name: string): boolean
  from(text: string, encoding: string): Uint8Array
}

/**
 * For adapters: the bytes that a text of a stream of Node stands for, by the encoding that the stream or its writer names,
 * such as `base64`; in UTF-8 where that is none of Node's.
 */
export function encodedText(text: string, encoding: unknown): Uint8Array {
  const buffer = builtinModule<{ readonly Buffer: Buffers }>('node:buffer')?.Buffer
  return typeof encoding === 'string' && buffer?.isEncoding(encoding)
    ? buffer.from(text, encoding)
    : new TextEncoder().encode(text)
}
