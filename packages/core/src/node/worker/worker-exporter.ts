import { AuditError } from '../../base/error.ts'
import { withResolvers } from '../../base/promises.ts'
import type { Exporter } from '../../delivery/exporter.ts'
import type { SealedRecord } from '../../record/sealed-record.ts'
import { WorkerJournal } from './worker-journal.ts'

/** What a `workerExporter` needs to know. */
export interface WorkerExporterSettings {
  /** The exporter's name, under which its cursor is stored. */
  readonly name: string
  /** The module that calls `serveJournal`; its engine gets sealed records to `append`. */
  readonly worker: URL
  /** What it gets as `workerData`, beside `progress`, which is for `serveJournal`. */
  readonly data: object
}

/**
 * An exporter whose copy a worker thread keeps: the caller's thread only posts batches. The
 * worker is started by the first batch. An engine that throws AuditError `export_rejected` refuses
 * the batch; anything else that it throws asks for it again.
 */
export function workerExporter({ name, worker, data }: WorkerExporterSettings): Exporter {
  let copy: Promise<WorkerJournal<SealedRecord>> | undefined
  let isClosed = false
  const open = () => {
    copy ??= WorkerJournal.open<SealedRecord>({
      worker,
      data,
      anchors: [],
      pack: (records) => records,
      read: () => {
        throw new AuditError('bad_option', 'an exporter is not read')
      }
    }).catch((error: unknown) => {
      // The next batch tries to open it again.
      copy = undefined
      throw error
    })
    return copy
  }
  return {
    name,
    async export(batch, signal) {
      try {
        if (isClosed) throw new AuditError('closed', `the exporter ${name} is closed`)
        await untilAborted(
          open().then((opened) => opened.append(batch)),
          signal
        )
        return { status: 'stored' }
      } catch (error) {
        const isFinal = AuditError.is(error) && error.code === 'export_rejected'
        return { status: isFinal ? 'rejected' : 'retry', error }
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await (await copy?.catch(() => undefined))?.[Symbol.asyncDispose]()
    }
  }
}

/** Waits no longer than until the signal aborts; what was begun goes on. */
async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = withResolvers<never>()
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
