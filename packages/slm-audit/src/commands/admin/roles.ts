import { AuditError } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { isLogAddress, loadPostgres } from '../../base/log-address.ts'
import type { Terminal } from '../../terminal.ts'

/** `slm-audit roles`: who may do what with a log in PostgreSQL, as SQL for its owner. */
export function addRoles(program: Command, terminal: Terminal): void {
  program
    .command('roles')
    .description(
      'prints the SQL that makes the roles of a log in PostgreSQL: writer, reader, indexer, admin'
    )
    .option('-f, --file <address>', 'postgres://…?schema=NAME, for its schema; nothing is asked')
    .action(async ({ file }: { readonly file?: string }) => {
      const { rolesSql } = await loadPostgres()
      if (file !== undefined && !isLogAddress(file)) {
        const message = `${file} is no address of a PostgreSQL server; roles are for logs at postgres://…`
        throw new AuditError('bad_option', message)
      }
      const schema = new URLSearchParams(file?.split('?')[1]).get('schema') ?? undefined
      terminal.print(rolesSql(schema).trimEnd())
      terminal.explain('read it, then run it with psql as the owner of the schema')
    })
}
