import type { Command } from 'commander'
import { visibleJson } from '../render/columns.ts'
import { renderExporters } from '../render/exporters.ts'
import type { Terminal } from '../terminal.ts'
import { type ReadOptions, readOptions, withReader } from './with-reader.ts'

/** `slm-audit exporters`: where delivery stands. */
export function addExporters(program: Command, terminal: Terminal): void {
  const command = program
    .command('exporters')
    .description('who gets the records, how far behind, and what was refused')
  readOptions(command).action(async (options: ReadOptions) => {
    await withReader(options, async (reader) => {
      const exporters = await reader.exporters()
      if (options.json) {
        for (const exporter of exporters) terminal.print(visibleJson(exporter))
      } else terminal.print(renderExporters(exporters, terminal))
    })
  })
}
