import { type Exporter, refuseUnknown } from '@slm-audit/core/exporter'
import { checkNode, workerExporter } from '@slm-audit/core/node'
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
  checkNode()
  refuseUnknown('fileExporter', options, [...FILE_OPTIONS, 'name'])
  const data = { ...checkFileOptions(options), origin: '', identities: [] }
  return workerExporter({ name: options.name ?? 'file', worker: workerUrl(), data })
}
