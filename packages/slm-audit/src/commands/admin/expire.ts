import { userName } from '@slm-audit/core/node'
import { AuditError } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { isLogAddress, loadPostgres } from '../../base/log-address.ts'
import { visibleJson } from '../../render/columns.ts'
import { counted } from '../../render/figures.ts'
import type { Terminal } from '../../terminal.ts'

interface Options {
  readonly file: string
  readonly before: string
  readonly reason: string
  readonly as?: string
  readonly json?: boolean
}

/** `slm-audit expire`: prompts and answers of old months go, the log says so, and proofs stay. */
export function addExpire(program: Command, terminal: Terminal): void {
  program
    .command('expire')
    .description('drops the contents of old months of a log in PostgreSQL, and says so in the log')
    .requiredOption('-f, --file <address>', 'postgres://…, as the owner of its schema')
    .requiredOption('--before <month>', 'the first month that stays: 2026-09')
    .requiredOption('--reason <text>', 'why; it is kept in the log')
    .option('--as <name>', 'who asks for it (default: the user of the operating system)')
    .option('--json', 'one JSON document, for programs')
    .action(async ({ file, before, reason, json, as: by = userName() }: Options) => {
      if (!isLogAddress(file)) {
        throw new AuditError(
          'bad_option',
          '--file: months are of logs at postgres://…; slm-audit erase takes a database'
        )
      }
      const { expireContents } = await loadPostgres()
      const report = await expireContents({ url: file }, { before, by, reason })
      const { months, contents, heldBack } = report
      terminal.print(
        json
          ? visibleJson(report)
          : `${contents} contents of ${months.length} months are gone; headers and proofs stay`
      )
      if (heldBack) {
        const what = `${counted(heldBack.held, 'record')} held for ${heldBack.incidents.join(', ')}`
        terminal.explain(`${what} stay, with the tables of their months`)
      }
    })
}
