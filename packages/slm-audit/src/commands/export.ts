import { AuditError, type ContentsView, type RecordFlaw, shownIn } from '@slm-audit/core/reader'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { discardedOnSignals } from '../export/discarded-on-signals.ts'
import { type ExportRequest, exportCalls, exportLog } from '../export/export-calls.ts'
import { exportedView, openExportedLog } from '../export/exported-log.ts'
import type { ExportFormat } from '../export/format.ts'
import { FORMATS } from '../export/formats.ts'
import {
  isFilePath,
  OUTPUT_GONE,
  type Output,
  openOutput,
  printedOutput
} from '../export/output.ts'
import { type Redaction, readRedaction } from '../export/redact.ts'
import { counted } from '../render/figures.ts'
import { progressBar } from '../render/progress-bar.ts'
import type { Terminal } from '../terminal.ts'
import { type AccessWords, accessIn, accessOptions } from './access.ts'
import { identityOption } from './admin/admin-of.ts'
import { writeTiles } from './export-tiles.ts'
import { choiceOptions, type FilterOptions, isChoice, toFilter } from './filter.ts'
import { FlawWarnings } from './flaw-warnings.ts'
import { existingFile, keyOptions, openLogReader } from './with-reader.ts'

interface Options extends FilterOptions, AccessWords {
  readonly file?: string
  readonly format?: string
  readonly out?: string
  readonly query?: string
  readonly tiles?: string
  readonly contents: boolean
  readonly reasoning?: boolean
  readonly redact?: string
  readonly provenance: boolean
  readonly bom?: boolean
  readonly identity?: string
  readonly keyFile?: string
  readonly contentsKeys?: string
}

/** Calls or records between two changes of the progress bar. */
const SHOWN_EVERY = 100

/** `slm-audit export`: calls, or the whole log, as files for other programs. */
export function addExport(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const named = program
    .command('export')
    .description('writes calls, or the whole log, for other programs')
    .addOption(
      new Option('--format <format>', 'what calls are written as').choices(
        FORMATS.map(({ name }) => name)
      )
    )
    .option('--tiles <directory>', 'the log as static files (c2sp.org/tlog-tiles)')
    .option('-o, --out <file>', 'where it goes; - is standard output, as without it')
    .option(
      '-f, --file <path>',
      'the database, a directory of files, or postgres://… (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)'
    )
  const command = identityOption(named)
    .option(
      '--query <words>',
      'calls whose texts hold all the words, as slm-audit search finds them'
    )
    .option('-n, --limit <count>', 'the newest so many; all unless given', parseCount)
    .option('--no-contents', 'leave out prompts, answers and other contents')
    .option('--reasoning', "in data sets, with the model's reasoning")
    .option(
      '--redact <rules>',
      'a JSON file of what to take out of the contents: pointers, patterns, or redact as in a policy'
    )
    .option('--no-provenance', 'in data sets, no <out>.provenance.jsonl beside the rows')
    .option('--bom', 'in csv, begin with a byte order mark, for Excel')
    .addHelpText('after', `\n${formatLines()}`)
  keyOptions(accessOptions(choiceOptions(command))).action(
    async (words: string[], options: Options) => {
      if (options.tiles !== undefined) await writeTiles(options.tiles, options, terminal, finish)
      else await writeCalls(words, options, terminal, new FlawWarnings(terminal, finish))
    }
  )
}

async function writeCalls(
  words: readonly string[],
  options: Options,
  terminal: Terminal,
  warnings: FlawWarnings
): Promise<void> {
  const format = FORMATS.find(({ name }) => name === options.format)
  if (!format) {
    throw new AuditError(
      'bad_option',
      'export takes --format or --tiles; see slm-audit export --help'
    )
  }
  checkOptions(options, format)
  const filter = toFilter(words, options)
  const { out } = options
  const file = existingFile(options)
  const opened: Output[] = []
  using _ = discardedOnSignals(opened, terminal)
  const open = (path: string) => {
    const output = openOutput('--out', path, file, terminal)
    opened.push(output)
    return output
  }
  const output = out === undefined ? printedOutput(terminal) : open(out)
  const beside = isFilePath(out) && format.isDataSet && options.provenance
  const provenance = beside ? open(`${out}.provenance.jsonl`) : undefined
  const outputs: [Output, ...Output[]] = [output, ...(provenance ? [provenance] : [])]
  try {
    const text = await write(options, { format, filter }, file, outputs, terminal, warnings)
    warnings.end()
    for (const each of outputs) each.finish()
    terminal.progress('')
    terminal.explain(`${text} written${isFilePath(out) ? ` to ${out}` : ''}`)
  } catch (error) {
    for (const each of outputs) each.discard()
    terminal.progress('')
    if (error !== OUTPUT_GONE) throw error
  }
}

async function write(
  options: Options,
  { format, filter }: Pick<ExportRequest, 'format' | 'filter'>,
  file: string,
  outputs: readonly [Output, ...Output[]],
  terminal: Terminal,
  warnings: FlawWarnings
): Promise<string> {
  const access = accessIn(options)
  await using reader = await openLogReader({ ...options, file }, { isExport: true })
  const view = await exportedView(file, access)
  const { query, limit, reasoning = false, redact, bom = false } = options
  const contents = options.contents && view !== 'none'
  if (contents && view === 'masked' && format.name === 'jsonl') throw notMasked()
  const isPart = query !== undefined || limit !== undefined || isChoice(filter)
  const events = {
    progress: (done: number, of: number) => {
      if (done % SHOWN_EVERY === 0 || done === of) terminal.progress(progressBar(done, of))
    },
    flaw: (flaw: RecordFlaw | undefined) => warnings.add(flaw)
  }
  const isWhole = format.name === 'jsonl' && !isPart && contents
  await using log = await openExportedLog(file, {
    ...{ access, identity: options.identity },
    isRecorded: !isWhole
  })
  if (isWhole) {
    const count = await exportLog(log, outputs[0], events)
    return `the whole log, ${counted(count, 'record')},`
  }
  const request = {
    format,
    filter,
    contents,
    reasoning,
    bom,
    ...(query !== undefined && { query }),
    ...(limit !== undefined && { limit }),
    ...redactionOf(redact, view)
  }
  const { rows, skipped } = await exportCalls(reader, log, request, outputs, events)
  const left = skipped > 0 ? ` (${skipped} left out: ${format.name} has no place for them)` : ''
  return `${counted(rows, 'call')}${left}`
}

/** What is taken out of the contents: by a file of rules, and by what the reader may see. */
function redactionOf(
  redact: string | undefined,
  view: ContentsView
): Pick<ExportRequest, 'redaction'> {
  const rules = redact === undefined ? undefined : readRedaction(redact)
  if (view !== 'masked') return rules ? { redaction: rules } : {}
  const shown = shownIn(view)
  const apply: Redaction['apply'] = (call) => {
    const { call: ruled, count } = rules?.apply(call) ?? { call, count: 0 }
    return { call: shown.call(ruled), count }
  }
  return { redaction: { apply } }
}

function notMasked(): AuditError {
  const message =
    'jsonl holds what was sealed, and the reader is given masked contents; use --no-contents or another format'
  return new AuditError('denied', message)
}

function checkOptions({ out, redact, bom, stage }: Options, format: ExportFormat): void {
  if (bom && format.name !== 'csv') {
    throw new AuditError('bad_option', `--bom is for csv; leave it out for ${format.name}`)
  }
  if (format.isDataSet && stage !== undefined && stage !== 'complete') {
    const message = `${format.name} takes complete calls only; leave --stage out`
    throw new AuditError('bad_option', message)
  }
  if (format.isBinary && out === undefined) {
    throw new AuditError('bad_option', `${format.name} needs a file; name it with --out`)
  }
  if (format.name === 'jsonl' && redact !== undefined) {
    const message = 'jsonl holds what was sealed, which --redact would break; use --no-contents'
    throw new AuditError('bad_option', message)
  }
  if (format.isWithoutContents && redact !== undefined) {
    throw new AuditError(
      'bad_option',
      `${format.name} holds no contents that --redact could change`
    )
  }
}

function formatLines(): string {
  const lines = FORMATS.map(({ name, description }) => `  ${name.padEnd(19)}${description}`)
  return ['Formats:', ...lines].join('\n')
}

function parseCount(text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 1) return count
  throw new InvalidArgumentError('It takes a whole number from 1.')
}
