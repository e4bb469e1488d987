import type { Command } from 'commander'
import { visibleList } from '../render/columns.ts'
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
      terminal.print(options.json ? visibleList(exporters) : renderExporters(exporters, terminal))
    })
  })
}
