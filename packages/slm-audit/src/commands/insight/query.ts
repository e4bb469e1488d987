import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AuditError, type Json, readTime } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { isArchiveAddress } from '../../base/log-address.ts'
import { openSegments, type SegmentPlace } from '../../export/day-segments.ts'
import { type QueryResult, querySegments } from '../../export/query-segments.ts'
import { visible, visibleList } from '../../render/columns.ts'
import { tableOf } from '../../render/plain-table.ts'
import { progressBar } from '../../render/progress-bar.ts'
import type { Terminal } from '../../terminal.ts'

interface Options {
  readonly file: string
  readonly since?: string
  readonly until?: string
  readonly json?: boolean
}

/** `slm-audit query`: SQL over the days that `slm-audit segments` has written. */
export function addQuery(program: Command, terminal: Terminal): void {
  program
    .command('query <sql>')
    .description('asks the calls of days that slm-audit segments wrote, in SQL, through DuckDB')
    .requiredOption('-f, --file <place>', 'the folder of segments, or s3://bucket/prefix')
    .option('--since <time>', 'the days from then on: a date, or an age such as 7d')
    .option('--until <time>', 'the days until then')
    .option('--json', 'one JSON document, for programs')
    .addHelpText(
      'after',
      '\nOne SELECT from the table calls; DESCRIBE calls names its columns. Needs npm install @duckdb/node-api.'
    )
    .action(async (sql: string, options: Options) => {
      await using place = await openSegments(options.file)
      const days = chosenDays(await place.days(), options)
      const result = isArchiveAddress(options.file)
        ? await queryArchive(place, days, sql, terminal)
        : await querySegments(options.file, days, sql)
      printResult(result, options.json, terminal)
    })
}

/** Those of the days that are meant, ascending. Throws AuditError `not_found` where there are none. */
function chosenDays(days: readonly string[], { file, since, until }: Options): readonly string[] {
  const from = since === undefined ? '' : readTime('--since', since, 'utc').slice(0, 10)
  const to = until === undefined ? '9999' : readTime('--until', until, 'utc').slice(0, 10)
  const chosen = days.filter((day) => day >= from && day <= to).sort()
  if (chosen.length > 0) return chosen
  const message =
    days.length === 0
      ? `there are no segments in ${file}; slm-audit segments --to ${file} writes them`
      : `${file} has no day that is meant; it has those from ${days.toSorted()[0]} to ${days.toSorted().at(-1)}`
  throw new AuditError('not_found', message)
}

/** The days are fetched as the archive is reached, and are gone once the question is answered. */
async function queryArchive(
  place: SegmentPlace,
  days: readonly string[],
  sql: string,
  terminal: Terminal
): Promise<QueryResult> {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-segments-'))
  try {
    await using copy = await openSegments(folder)
    for (const [at, day] of days.entries()) {
      terminal.progress(progressBar(at, days.length))
      await copy.put(day, await place.get(day))
    }
    terminal.progress('')
    return await querySegments(folder, days, sql)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function printResult(
  { columns, rows }: QueryResult,
  asJson: boolean | undefined,
  terminal: Terminal
): void {
  if (asJson) {
    const named = rows.map((row) => columns.map((name, at) => [name, row[at] ?? null]))
    terminal.print(visibleList(named.map((row) => Object.fromEntries(row))))
    return
  }
  const isNumber = (at: number) => rows.some((row) => typeof row[at] === 'number')
  const sides = columns.map((name, at) => [visible(name), isNumber(at) ? 'right' : 'left'] as const)
  const cells = rows.map((row) => row.map(cellOf))
  terminal.print(tableOf(sides, cells, terminal))
}

function cellOf(value: Json): string {
  return visible(typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value))
}
