import { existsSync } from 'node:fs'
import { newDatabaseKey, openReader, readDatabaseKey, rekeyDatabase } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { visibleJson } from '../../render/columns.ts'
import type { Terminal } from '../../terminal.ts'
import { existingDatabase } from '../with-reader.ts'

interface Options {
  readonly file?: string
  readonly keyFile?: string
  readonly newKeyFile: string
  readonly json?: boolean
}

/** `slm-audit rekey`: encrypts the database, for the first time or with another key. */
export function addRekey(program: Command, terminal: Terminal): void {
  program
    .command('rekey')
    .description('encrypts the database, for the first time or with another key')
    .requiredOption(
      '--new-key-file <path>',
      'the new key; made, with mode 0600, where it is missing'
    )
    .option(
      '--key-file <path>',
      'the key that it has now (default: $SLM_AUDIT_DATABASE_KEY); none for one that is plain'
    )
    .option('-f, --file <path>', 'the database (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)')
    .option('--json', 'one JSON document, for programs')
    .action(async (options: Options) => {
      const { newKeyFile, json } = options
      const file = existingDatabase(options)
      // Takes in what a process that was killed has left, which the old key alone can open.
      await (await openReader(file))[Symbol.asyncDispose]()
      if (!existsSync(newKeyFile)) newDatabaseKey(newKeyFile)
      rekeyDatabase(file, readDatabaseKey({ file: newKeyFile }))
      terminal.print(
        json
          ? visibleJson({ file, newKeyFile })
          : `${file} is encrypted with the key in ${newKeyFile}`
      )
      terminal.explain('keep the key where the database is not: without it nobody can read the log')
    })
}
