import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { AuditError } from '@slm-audit/core/journal'
import { checkDurability, type Durability } from '@slm-audit/core/node'
import type { Compression } from './format/compression.ts'
import { MAX_AGE_MS, MAX_BYTES } from './journal/log-files-settings.ts'

/** Options that `fileJournal` and `fileExporter` share. */
export interface FileOptions {
  /** Where the files are; made, readable by its owner alone, where it is missing. */
  readonly directory: string
  /**
   * What a call survives once it is recorded. `memory`: nothing for sure. `process` (the default): any
   * end of the process, at any moment. `disk`: the loss of power (fdatasync).
   */
  readonly durability?: Durability
  /**
   * A file is closed by the first append after it has so many bytes, 64 MiB unless given, or so
   * many milliseconds, a day unless given.
   */
  readonly rotate?: { readonly bytes?: number; readonly ms?: number }
  /** What closed files are compressed with; not at all unless given. */
  readonly compression?: Compression
  /**
   * age recipients (`age1…`): contents and headers are encrypted to them before anything is
   * written, so that no plaintext is ever in a file. Nothing is encrypted unless given.
   */
  readonly recipients?: readonly string[]
}

/** The options, completed, as the worker gets them. */
export interface CheckedFileOptions {
  readonly directory: string
  readonly durability: Durability
  readonly maxBytes: number
  readonly maxAgeMs: number
  readonly compression: Compression | undefined
  readonly recipients: readonly string[]
}

/** Names of the options that are shared. */
export const FILE_OPTIONS = ['directory', 'durability', 'rotate', 'compression', 'recipients']

/** Completes options. Throws AuditError `bad_option` that names the field and what it takes. */
export function checkFileOptions(options: FileOptions): CheckedFileOptions {
  const { directory, durability = 'process', rotate = {}, compression, recipients = [] } = options
  if (typeof directory !== 'string' || directory === '') {
    throw new AuditError('bad_option', 'directory must be the path of a directory')
  }
  const found = statSync(directory, { throwIfNoEntry: false })
  if (found && !found.isDirectory()) {
    const message = `directory ${directory} is a file; name a directory, which is made where it is missing`
    throw new AuditError('bad_option', message)
  }
  checkDurability(durability)
  if (compression !== undefined && compression !== 'gzip' && compression !== 'zstd') {
    throw new AuditError('bad_option', 'compression must be gzip or zstd')
  }
  checkTexts('recipients', recipients)
  const { bytes = MAX_BYTES, ms = MAX_AGE_MS } = rotate
  for (const [name, value] of [
    ['bytes', bytes],
    ['ms', ms]
  ] as const) {
    if (!(typeof value === 'number' && value >= 1)) {
      throw new AuditError('bad_option', `rotate.${name} must be a number of at least 1`)
    }
  }
  const checked = { directory: resolve(directory), durability, compression, recipients }
  return { ...checked, maxBytes: bytes, maxAgeMs: ms }
}

/** Throws AuditError `bad_option` where an option is not a list of texts. */
export function checkTexts(name: string, value: unknown): void {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return
  throw new AuditError('bad_option', `${name} must be a list of strings`)
}

/** The module that writes the files, from source or as built. */
export function workerUrl(): URL {
  const name = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  return new URL(name, import.meta.url)
}
