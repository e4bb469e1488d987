import type { AuditError } from '../../base/error.ts'
import type { Frame } from '../../recording/frame.ts'
import { nodeFiles, type SpoolFiles } from './files.ts'
import type { ChainSettings } from './segment-chain.ts'
import type { SpoolKey } from './segment-cipher.ts'
import type { SpoolFolder } from './spool-folder.ts'

/**
 * What a frame survives once `append` has returned. `memory`: nothing, it is written a moment later.
 * `process`: any end of the process. `disk`: as well the loss of power, once `kept` says so.
 */
export type SpoolLevel = 'memory' | 'process' | 'disk'

/** How a spool is written. */
export interface SpoolSettings {
  /** The folder that holds the spools of a journal, one for each thread that has an open log. */
  readonly root: string
  readonly level: SpoolLevel
  /** The form of the frames' meta, which the recorder that reads them must know. */
  readonly schema: number
  /** The most bytes on disk; 1 GiB, or half of a smaller file system, unless given. */
  readonly maxBytes?: number
  /** The most bytes that wait in memory while the disk fails or is slow; 64 MiB unless given. */
  readonly maxWaitingBytes?: number
  /** When a segment ends: after so many bytes (8 MiB, or a quarter of `maxBytes`, unless given), or milliseconds (60,000). */
  readonly segmentBytes?: number
  readonly segmentMs?: number
  /** Encrypts the segments; they are plain unless given. */
  readonly key?: SpoolKey | undefined
  readonly files?: SpoolFiles
  readonly events: SpoolEvents
}

/** What the writer of a spool tells of. */
export interface SpoolEvents {
  /** The disk fails or is slow: told once an episode, which ends when nothing waits any more. */
  failed(problem: AuditError): void
  /** A frame that had been taken will never be kept. */
  lost(frame: Frame, problem: AuditError): void
  /** Another process has taken over the folder; the writer goes on in this one. */
  moved(folder: SpoolFolder): void
}

/** Bytes of a mebibyte. */
export const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** The settings of a spool's segments, completed. */
export function chainSettings(settings: SpoolSettings, folder: string): ChainSettings {
  const { files = nodeFiles, root, level, schema, key } = settings
  const maxBytes = settings.maxBytes ?? roomOn(files, root)
  return {
    folder,
    schema,
    secret: key?.secret,
    files,
    segmentBytes: settings.segmentBytes ?? Math.min(8 * MIB, Math.floor(maxBytes / 4)),
    segmentMs: settings.segmentMs ?? 60_000,
    maxBytes,
    isSynced: level === 'disk'
  }
}

/** The bound unless one is given: a file system in memory has less room than the bound. */
function roomOn(files: SpoolFiles, root: string): number {
  try {
    const { bsize, blocks } = files.statfsSync(root)
    return Math.min(GIB, Math.floor((bsize * blocks) / 2))
  } catch {
    // Not all systems say.
    return GIB
  }
}
