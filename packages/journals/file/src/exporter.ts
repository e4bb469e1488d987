import { AuditError, type Exporter, refuseUnknown } from '@slm-audit/core/exporter'
import { isErasure } from '@slm-audit/core/journal'
import { checkNode, workerExporter } from '@slm-audit/core/node'
import {
  checkFileOptions,
  checkTexts,
  FILE_OPTIONS,
  type FileOptions,
  workerUrl
} from './file-options.ts'

/** Options of `fileExporter`. */
export interface FileExporterOptions extends FileOptions {
  /** Names the cursor; `file` unless given. */
  readonly name?: string
  /**
   * age identities (`AGE-SECRET-KEY-1…`) of a copy that is encrypted, so that it follows what is erased from the log; it says
   * that it cannot unless given.
   */
  readonly identities?: readonly string[]
}

/**
 * An exporter that keeps a copy of the log, record for record, as files in a directory
 * (docs/file-format.md), written by a worker thread. A record that is there already is skipped; a
 * batch that does not follow what is there asks to be sent again, and one of another log is
 * rejected. What is erased from the log goes from the copy, too. Throws AuditError `bad_option`.
 */
export function fileExporter(options: FileExporterOptions): Exporter {
  checkNode()
  refuseUnknown('fileExporter', options, [...FILE_OPTIONS, 'name', 'identities'])
  const { name = 'file', identities = [] } = options
  checkTexts('identities', identities)
  const files = checkFileOptions(options)
  const data = { ...files, origin: '', identities }
  const exporter = workerExporter({ name, worker: workerUrl(), data })
  if (files.recipients.length === 0 || identities.length > 0) return exporter
  const problem = new AuditError(
    'export_failed',
    `what was erased stays in the encrypted copy ${files.directory}; give fileExporter the identities of a recipient, or delete the copy`
  )
  return {
    ...exporter,
    async export(batch, signal) {
      const result = await exporter.export(batch, signal)
      const isLeft = result.status === 'stored' && batch.some(isErasure)
      return isLeft ? { ...result, problem } : result
    }
  }
}
