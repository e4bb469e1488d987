import { AuditError, type Exporter, refuseUnknown, type SealedRecord } from '@slm-audit/core'
import { WorkerJournal } from '@slm-audit/core/node-journal'
import { checkFileOptions, FILE_OPTIONS, type FileOptions, workerUrl } from './file-options.ts'

/** Options of `fileExporter`. */
export interface FileExporterOptions extends FileOptions {
  /** Names the cursor; `file` unless given. */
  readonly name?: string
}

/**
 * An exporter that keeps a copy of the log, record for record, as files in a directory
 * (docs/file-format.md), written by a worker thread. A record that is there already is skipped; a
 * batch that does not follow what is there asks to be sent again, and one of another log is
 * rejected. Throws AuditError `bad_option`.
 */
export function fileExporter(options: FileExporterOptions): Exporter {
  refuseUnknown('fileExporter', options, [...FILE_OPTIONS, 'name'])
  const data = { ...checkFileOptions(options), origin: '', identities: [] }
  let copy: WorkerJournal<SealedRecord> | undefined
  const open = async () => {
    copy ??= await WorkerJournal.open<SealedRecord>({
      worker: workerUrl(),
      data,
      anchors: [],
      pack: (records) => records,
      read: () => {
        throw new AuditError('bad_option', 'an exporter is not read')
      }
    })
    return copy
  }
  return {
    name: options.name ?? 'file',
    async export(batch, signal) {
      try {
        await untilAborted((await open()).append(batch), signal)
        return { status: 'stored' }
      } catch (error) {
        const isFinal = AuditError.is(error) && error.code === 'export_rejected'
        return { status: isFinal ? 'rejected' : 'retry', error }
      }
    },
    async [Symbol.asyncDispose]() {
      await copy?.[Symbol.asyncDispose]()
    }
  }
}

/** Waits no longer than until the deadline; what was begun goes on. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
    work.catch(() => undefined)
    promise.catch(() => undefined)
  }
}
