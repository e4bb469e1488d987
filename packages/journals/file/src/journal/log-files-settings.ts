import type { Durability } from '@slm-audit/core/node'
import type { Cipher } from '../format/age.ts'
import type { Compression } from '../format/compression.ts'
import type { ClosedFile } from '../format/manifest.ts'

/** A file is closed by the first append after it has so many bytes, unless an application says otherwise. */
export const MAX_BYTES = 64 * 1024 * 1024
/** The same, in milliseconds since it was made. */
export const MAX_AGE_MS = 24 * 60 * 60 * 1000

/** How a log in a directory is written. */
export interface LogFilesSettings {
  readonly directory: string
  /** The name of a log that is made new. */
  readonly origin: string
  readonly durability: Durability
  /** A file is closed by the first append after it has so many bytes, or so many milliseconds. */
  readonly maxBytes: number
  readonly maxAgeMs: number
  readonly compression?: Compression | undefined
  readonly encrypt?: Cipher | undefined
  /** Who writes; absent where records are copied. */
  readonly writer?: string | undefined
}

/** A file that has ended and is not in the manifest yet. */
export type EndedFile = Pick<ClosedFile, 'first' | 'end' | 'root' | 'key' | 'open'>
