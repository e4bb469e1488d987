import type { Command } from 'commander'
import { daysOf, openSegments, segmentOf } from '../../export/day-segments.ts'
import { endedOnSignals } from '../../export/discarded-on-signals.ts'
import { openExportedLog } from '../../export/exported-log.ts'
import { visibleJson } from '../../render/columns.ts'
import { counted } from '../../render/figures.ts'
import { progressBar } from '../../render/progress-bar.ts'
import type { Terminal } from '../../terminal.ts'
import { type AccessWords, accessIn, accessOptions } from '../access.ts'
import { FlawWarnings } from '../flaw-warnings.ts'
import { existingFile, openLogReader } from '../with-reader.ts'

interface Options extends AccessWords {
  readonly to: string
  readonly file?: string
  readonly again?: boolean
  readonly today?: boolean
  readonly json?: boolean
}

const DAY_MS = 24 * 60 * 60 * 1000

/** `slm-audit segments`: the calls of each day as a file of Parquet, for analysts. */
export function addSegments(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('segments')
    .description('writes the calls of each day that is over as Parquet, for DuckDB, Athena, Spark')
    .requiredOption('--to <place>', 'a folder, or s3://bucket/prefix; days that are there are left')
    .option(
      '-f, --file <path>',
      'the database, or postgres://… (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)'
    )
    .option('--json', 'one JSON document, for programs')
    .option('--today', 'today as well, as far as it is')
    .option('--again', 'days that are there are written anew, with how calls have ended since')
    .addHelpText('after', '\nDays are those of UTC. Segments hold no prompts and answers.')
  accessOptions(command).action(async (options: Options) => {
    const file = existingFile(options)
    const access = accessIn(options)
    await using reader = await openLogReader({ ...options, file }, { isExport: true })
    await using log = await openExportedLog(file, { access })
    await using place = await openSegments(options.to)
    const days = await daysOf(log, Date.now() + (options.today ? DAY_MS : 0))
    const there = new Set(options.again ? [] : await place.days())
    const wanted = days.filter((day) => !there.has(day))
    const warnings = new FlawWarnings(terminal, finish)
    let [rows, written] = [0, 0]
    using _ = endedOnSignals(
      terminal,
      () => `${counted(written, 'day')} written whole; the same command writes the rest`
    )
    for (const [at, day] of wanted.entries()) {
      terminal.progress(progressBar(at, wanted.length))
      const segment = await segmentOf(day, reader, log, {
        progress: () => undefined,
        flaw: (flaw) => warnings.add(flaw)
      })
      if (!segment) continue
      await place.put(day, segment.bytes)
      rows += segment.rows
      written++
    }
    terminal.progress('')
    warnings.end()
    const what = `${counted(written, 'day')} with ${counted(rows, 'call')}`
    terminal.print(
      options.json
        ? visibleJson({ to: options.to, days: written, calls: rows })
        : `${what} written to ${options.to}`
    )
  })
}
