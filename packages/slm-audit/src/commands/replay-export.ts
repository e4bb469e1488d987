import { readTime } from '@slm-audit/core/reader'
import { replayExport } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { visibleJson } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'
import { type DatabaseWords, existingDatabase, keyOptions } from './with-reader.ts'

interface Options extends DatabaseWords {
  readonly json?: boolean
  readonly from: string
}

/** `slm-audit replay-export`: delivers records again. */
export function addReplayExport(program: Command, terminal: Terminal): void {
  const command = program
    .command('replay-export')
    .description('moves an exporter back, so that it gets records again')
    .argument('<name>', 'the exporter (see slm-audit exporters)')
    .requiredOption(
      '--from <index or time>',
      'a leaf index, or 2026-01-31, 2026-01-31T08:00Z, 2h, 7d'
    )
    .option('-f, --file <path>', 'the database (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)')
    .option('--json', 'one JSON document, for programs')
  keyOptions(command).action((name: string, options: Options) => {
    const { from } = options
    const isIndex = /^\d+$/.test(from)
    const where = isIndex ? { index: Number(from) } : { at: readTime('--from', from) }
    const replay = replayExport(existingDatabase(options), name, where)
    if (options.json) return terminal.print(visibleJson(replay))
    const count = replay.before - replay.from
    const again = replay.triedAgain > 0 ? `, ${replay.triedAgain} of them set aside before` : ''
    terminal.print(
      count === 0
        ? `${name} is at record ${replay.from} already; nothing is delivered again`
        : `${name} gets records ${replay.from} to ${replay.before - 1} again${again}: a running process begins within a second, else the next one does`
    )
  })
}
