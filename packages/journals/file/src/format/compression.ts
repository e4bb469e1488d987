import { promisify } from 'node:util'
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib'

/** What closed files are compressed with. */
export type Compression = 'gzip' | 'zstd'

const PACK = { gzip: promisify(gzip), zstd: promisify(zstdCompress) }
const UNPACK = { gzip: promisify(gunzip), zstd: promisify(zstdDecompress) }

/** Compresses bytes, off this thread; gives them back where there is no compression. */
export async function pack(bytes: Uint8Array, compression?: Compression): Promise<Uint8Array> {
  return compression ? await PACK[compression](bytes) : bytes
}

/** More than this no batch of records unpacks to, in bytes: few bytes can stand for very many. */
const MOST_BYTES = 256 * 1024 * 1024

/**
 * The inverse of `pack` for what is read whole. Rejects with zlib's error for bytes that are damaged or
 * unpack to more than 256 MiB.
 */
export async function unpack(bytes: Uint8Array, compression?: Compression): Promise<Uint8Array> {
  return compression ? await UNPACK[compression](bytes, { maxOutputLength: MOST_BYTES }) : bytes
}
