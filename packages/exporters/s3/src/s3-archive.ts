import type { Anchor } from '@slm-audit/core'
import type { Exporter } from '@slm-audit/core/exporter'
import { checkNode } from '@slm-audit/core/node'
import { type ArchiveOptions, checkLock, checkPlace } from './bucket/archive-options.ts'
import { Bucket } from './bucket/bucket.ts'
import { Archive } from './write/archive.ts'

/** An archive that a log writes: its exporter takes the records, its anchor the signed checkpoints. */
export interface S3Archive {
  /** For the log's option `exporters`; it needs all records, so it takes neither `kinds` nor `stages`. */
  readonly exporter: Exporter
  /** For the log's option `anchors`. It keeps each checkpoint at once, also before its records are here. */
  readonly anchor: Anchor
}

/**
 * An archive of a log in object storage: docs/guide/archive.md. Whatever fails is tried again by the log, which loses nothing
 * meanwhile. Throws AuditError `bad_option`. Nothing is loaded or sent before the first batch or checkpoint.
 */
export function s3Archive(options: ArchiveOptions): S3Archive {
  checkNode()
  checkPlace('s3Archive', options)
  checkLock(options)
  const { name = 's3' } = options
  const bucket = new Bucket(options, options)
  const archive = new Archive(bucket)
  const exporter: Exporter = {
    name,
    async export(batch, signal) {
      try {
        const problem = await archive.append(batch, signal)
        return { status: 'stored', ...(problem !== undefined && { problem }) }
      } catch (error) {
        // Nothing is set aside: an archive without a record would end there.
        return { status: 'retry', error }
      }
    },
    async [Symbol.asyncDispose]() {
      // A checkpoint may be on its way.
      await archive.settled()
      await bucket.close()
    }
  }
  const anchor: Anchor = {
    name: `${name} ${bucket.address}`,
    async publish(checkpoint, _log, signal) {
      await archive.addCheckpoint(checkpoint, signal)
      return undefined
    }
  }
  return { exporter, anchor }
}
