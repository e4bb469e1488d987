import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Exporter, ExportResult } from './exporter.ts'

const STATUSES: readonly unknown[] = ['stored', 'retry', 'rejected']

/**
 * Exports once, and answers within the deadline whatever the exporter does: throwing, hanging and
 * nonsense are a `retry`. An exporter that answers later is not heard.
 *
 * @param stop Aborts when the log closes.
 */
export function attemptExport(
  exporter: Exporter,
  batch: readonly SealedRecord[],
  deadlineMs: number,
  platform: Platform,
  stop: AbortSignal
): Promise<ExportResult> {
  return new Promise((resolve) => {
    const controller = new AbortController()
    const giveUp = (error: AuditError): void => {
      settle({ status: 'retry', error })
      controller.abort(error)
    }
    const late = `it did not answer within ${deadlineMs} ms`
    const cancel = platform.defer(() => giveUp(new AuditError('export_failed', late)), deadlineMs)
    const stopped = () => giveUp(new AuditError('closed', 'the log was closed meanwhile'))
    stop.addEventListener('abort', stopped, { once: true })
    const settle = (result: ExportResult): void => {
      cancel()
      stop.removeEventListener('abort', stopped)
      resolve(result)
    }
    callExport(exporter, batch, controller.signal).then(settle, (error: unknown) =>
      settle({ status: 'retry', error })
    )
  })
}

async function callExport(
  exporter: Exporter,
  batch: readonly SealedRecord[],
  signal: AbortSignal
): Promise<ExportResult> {
  const result: unknown = await exporter.export(batch, signal)
  if (isObject(result) && STATUSES.includes(result.status)) {
    return { ...result } as unknown as ExportResult
  }
  const error = 'its export answered without a status; return { status: "stored" } or the like'
  return { status: 'retry', error: new AuditError('export_failed', error) }
}
