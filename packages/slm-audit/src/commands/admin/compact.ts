import { AuditError } from '@slm-audit/core'
import { type CompactReport, compactDatabase } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { visibleJson } from '../../render/columns.ts'
import { counted, sizeWord } from '../../render/figures.ts'
import type { Terminal } from '../../terminal.ts'
import { type DatabaseWords, existingDatabase } from '../with-reader.ts'

interface Options extends DatabaseWords {
  readonly olderThan: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `slm-audit compact`: compresses what is old; all of it is read, proved and erased as before. */
export function addCompact(program: Command, terminal: Terminal): void {
  program
    .command('compact')
    .description(
      'compresses old records and gives space back; they read, prove and erase as before'
    )
    .option('-f, --file <path>', 'the database (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)')
    .option('--older-than <age>', 'how old they are at least: 12h, 30d, 4w; 0d for all', '30d')
    .option('--key-file <path>', 'the key of an encrypted database')
    .option('--dry-run', 'says what would be compressed, and compresses nothing')
    .option('--json', 'one JSON document, for programs')
    .action(async (options: Options) => {
      const { dryRun = false, json } = options
      const report = await compactDatabase(existingDatabase(options), {
        coldAfter: checkedAge(options.olderThan),
        dryRun,
        onProgress: ({ records, contents, bytes }) =>
          terminal.progress(`${counted(records + contents, 'value')}, ${sizeWord(bytes)}`)
      })
      terminal.progress('')
      if (json) terminal.print(visibleJson({ ...report, isDone: !dryRun }))
      else terminal.print(sentence(report, !dryRun, terminal))
    })
}

function checkedAge(age: string): string {
  if (/^\d{1,5}[hdw]$/.test(age)) return age
  throw new AuditError(
    'bad_option',
    `--older-than: cannot read '${age}' as an age; use 12h, 30d or 4w`
  )
}

function sentence(
  { records, contents, bytes, packed }: CompactReport,
  isDone: boolean,
  terminal: Terminal
): string {
  if (records + contents === 0) return 'Nothing is old enough, or all of it is compressed.'
  const what = `${counted(records, 'header')} and ${counted(contents, 'content')}`
  const sizes = `${sizeWord(bytes)} ${isDone ? 'are' : 'would be'} ${sizeWord(packed)}`
  return `${isDone ? terminal.style('green', '✓ ') : ''}${what}: ${sizes}`
}
