import { builtinModule, joinBytes } from '@slm-audit/core/adapter'

/** Takes a compressed body as it came, and gives what it says. */
export interface BodyDecoder {
  add(chunk: Uint8Array): void
  /** What came until now; as it came where it is not what its header says, or compressed in a way that nobody knows here. */
  end(): Uint8Array
}

type Decompress = (bytes: Uint8Array, options?: object) => Uint8Array

/** What of `node:zlib` is used. */
interface Zlib {
  readonly constants: { readonly [name: string]: number }
  readonly gunzipSync: Decompress
  readonly inflateSync: Decompress
  readonly inflateRawSync: Decompress
  readonly brotliDecompressSync: Decompress
  readonly zstdDecompressSync?: Decompress
}

/**
 * A decoder for a body's `content-encoding`; `undefined` where it is not compressed. It reads the body once it is over, so that no
 * decompressor stands on the path of its chunks; of a body that was cut it reads what is there.
 */
export function decoderOf(encoding: string | null): BodyDecoder | undefined {
  const encodings = (encoding ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  if (encodings.length === 0) return undefined
  const chunks: Uint8Array[] = []
  return {
    // The application may overwrite what it was given.
    add: (chunk) => void chunks.push(new Uint8Array(chunk)),
    end() {
      const bytes = joinBytes(chunks)
      try {
        // They are listed in the order in which they were applied (RFC 9110, section 8.4).
        return encodings.reduceRight(decompress, bytes)
      } catch {
        return bytes
      }
    }
  }
}

function decompress(bytes: Uint8Array, encoding: string): Uint8Array {
  const zlib = builtinModule<Zlib>('node:zlib') as Zlib | undefined
  if (zlib === undefined || bytes.length === 0) return bytes
  const { Z_SYNC_FLUSH: flush, BROTLI_OPERATION_FLUSH: brotli } = zlib.constants
  if (encoding === 'gzip' || encoding === 'x-gzip') {
    return zlib.gunzipSync(bytes, { finishFlush: flush })
  }
  // Some servers leave out the header of the format, and clients look whether it is there.
  if (encoding === 'deflate') {
    const inflate = ((bytes[0] ?? 0) & 0x0f) === 0x08 ? zlib.inflateSync : zlib.inflateRawSync
    return inflate(bytes, { finishFlush: flush })
  }
  if (encoding === 'br') return zlib.brotliDecompressSync(bytes, { finishFlush: brotli })
  return encoding === 'zstd' && zlib.zstdDecompressSync ? zlib.zstdDecompressSync(bytes) : bytes
}
