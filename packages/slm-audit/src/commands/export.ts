import { existsSync } from 'node:fs'
import { AuditError } from '@slm-audit/core'
import { exportTiles } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { defaultFile } from '../create-audit-log.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly file?: string
  readonly tiles: string
  readonly contents: boolean
}

/** `slm-audit export`: the log as files that other programs verify. */
export function addExport(program: Command, terminal: Terminal): void {
  program
    .command('export')
    .description('writes the log for others, as far as its newest signed checkpoint')
    .requiredOption('--tiles <directory>', 'in the layout of c2sp.org/tlog-tiles')
    .option('-f, --file <path>', 'the database (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)')
    .option('--no-contents', 'leave out prompts, answers and other contents')
    .action(({ file = defaultFile(), tiles, contents }: Options) => {
      if (!existsSync(file)) {
        throw new AuditError(
          'journal_unavailable',
          `there is no audit log at ${file}; name it with --file`
        )
      }
      const size = exportTiles(file, tiles, {
        contents,
        onProgress: (done, of) => terminal.progress(`${done} of ${of} records`)
      })
      terminal.progress('')
      terminal.print(
        `${size} records are in ${tiles}; check them with slm-audit-verify tiles ${tiles}`
      )
    })
}
