import { type IndexReport, reindex } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { isLogAddress, loadPostgres } from '../base/log-address.ts'
import { visibleJson } from '../render/columns.ts'
import { counted } from '../render/figures.ts'
import { renderSkipped } from '../render/index-check.ts'
import { progressBar } from '../render/progress-bar.ts'
import type { Terminal } from '../terminal.ts'
import { existingDatabase, existingFile, type ReadOptions, readOptions } from './with-reader.ts'

/** `slm-audit reindex`: makes the index anew, which lists and searches use. */
export function addReindex(program: Command, terminal: Terminal): void {
  const command = program
    .command('reindex')
    .description('makes the index of the log anew from its records; they stay as they are')
  readOptions(command).action(async (options: ReadOptions) => {
    const onProgress = (done: number, of: number) => terminal.progress(progressBar(done, of))
    const report = await reindexed(options, onProgress)
    terminal.progress('')
    if (options.json) terminal.print(visibleJson(report))
    else {
      const records = counted(report.records, 'record')
      terminal.print([`indexed ${records}`, ...renderSkipped(report)].join('\n'))
    }
  })
}

async function reindexed(
  options: ReadOptions,
  onProgress: (done: number, of: number) => void
): Promise<IndexReport> {
  const file = existingFile(options)
  if (!isLogAddress(file)) return await reindex(existingDatabase(options), onProgress)
  const { reindexPostgres } = await loadPostgres()
  return { records: await reindexPostgres({ url: file }, onProgress), skipped: [] }
}
