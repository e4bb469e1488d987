import { builtinModule, joinBytes } from '@slm-audit/core/adapter'

/** Takes a compressed body as it came, and gives what it says. */
export interface BodyDecoder {
  add(chunk: Uint8Array): void
  /** What came until now; nothing where it cannot be read. */
  end(): Uint8Array | undefined
}

type Decompress = (bytes: Uint8Array, options?: object) => Uint8Array

/** What of `node:zlib` is used. */
interface Zlib {
  readonly constants: { readonly [name: string]: number }
  readonly gunzipSync: Decompress
  readonly inflateSync: Decompress
  readonly brotliDecompressSync: Decompress
  readonly zstdDecompressSync?: Decompress
}

/**
 * A decoder for a body's `content-encoding`; `undefined` where it is not compressed. It reads the body once it is over, so that no
 * decompressor stands on the path of its chunks; of a body that was cut it reads what is there.
 */
export function decoderOf(encoding: string | null): BodyDecoder | undefined {
  if (encoding === null || encoding === '' || encoding === 'identity') return undefined
  const chunks: Uint8Array[] = []
  return {
    add: (chunk) => void chunks.push(chunk),
    end() {
      try {
        return decompress(encoding.trim().toLowerCase(), joinBytes(chunks))
      } catch {
        // Not what its header says: the record has what could be read, which is nothing.
        return undefined
      }
    }
  }
}

function decompress(encoding: string, bytes: Uint8Array): Uint8Array | undefined {
  const zlib = builtinModule<Zlib>('node:zlib') as Zlib | undefined
  if (zlib === undefined || bytes.length === 0) return undefined
  const { Z_SYNC_FLUSH: flush, BROTLI_OPERATION_FLUSH: brotli } = zlib.constants
  if (encoding === 'gzip' || encoding === 'x-gzip') {
    return zlib.gunzipSync(bytes, { finishFlush: flush })
  }
  if (encoding === 'deflate') return zlib.inflateSync(bytes, { finishFlush: flush })
  if (encoding === 'br') return zlib.brotliDecompressSync(bytes, { finishFlush: brotli })
  return encoding === 'zstd' ? zlib.zstdDecompressSync?.(bytes) : undefined
}
