import * as nodeFiles from 'node:fs'
import type { WaitingExporter } from '@slm-audit/core/journal'
import { ExporterCursors, exporterNames } from '../journal/exporter-cursors.ts'

/**
 * The exporters of a log in files that have not delivered all of its records; one whose cursor is empty or damaged may have
 * delivered none.
 */
export function waitingExporters(directory: string, size: number): WaitingExporter[] {
  const cursors = new ExporterCursors(directory, nodeFiles, false)
  return exporterNames(directory).flatMap((name) => {
    const next = cursors.load(name)?.next ?? 0
    return next < size ? [{ name, next }] : []
  })
}
