import { messageOf } from '@slm-audit/core/adapter'
import { AuditError, type AuditedCall, type Reader } from '@slm-audit/core/reader'
import type { Target } from '@slm-audit/replay'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { EXIT } from '../../base/exit-codes.ts'
import { usualReplay } from '../../config/defaults.ts'
import { headersFrom } from '../../config/load-config.ts'
import { visibleJson, visibleList } from '../../render/columns.ts'
import { renderAgain } from '../../render/compare/replay.ts'
import { counted } from '../../render/figures.ts'
import { progressBar } from '../../render/progress-bar.ts'
import type { Terminal } from '../../terminal.ts'
import { callId } from '../call-id.ts'
import { choiceOptions, type FilterOptions, isChoice, limitOption, toFilter } from '../filter.ts'
import { parseShare, refuseChanged } from '../share.ts'
import { existingLog, type ReadOptions, readOptions, withReader } from '../with-reader.ts'
import { type AnsweredAgain, answerAgain } from './answered-again.ts'
import { loadReplays, type Replays } from './load-replays.ts'
import { logAt } from './log-at.ts'
import { type OfflineOptions, replayOffline } from './offline.ts'
import { readSet } from './sets.ts'

/** Options of `slm-audit replay`. */
export interface ReplayCommandOptions extends FilterOptions, ReadOptions, OfflineOptions {
  readonly jsonl?: boolean
  readonly offline?: boolean
  readonly on?: string
  readonly to?: string
  readonly header?: readonly string[]
  readonly set?: string
  readonly maxChanged?: number
}

/** Calls that are made again, unless another number is given. */
const USUAL = 100
/** Calls whose contents are held in memory at most. */
const MOST = 10_000
const WAYS = ['serve', 'fail', 'live']
const TIMINGS = ['at-once', 'recorded']

/** `slm-audit replay`: makes recorded calls again, on a model to compare or from the record without one. */
export function addReplay(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  const command = program
    .command('replay')
    .description(
      'makes recorded calls again: on a model, to compare; or --offline, from the record without one'
    )
    .usage('[options] [call or filter...]')
    .option('--on <model>', 'another model than the recorded one')
    .option('--to <address>', "the model server's base address; where each call went unless given")
    .option('--header <header...>', "a header for it: 'authorization: Bearer $KEY'")
    .option('--config <path>', 'whom to ask (default: slm-audit.config.ts or .json here)')
    .option('--set <name>', 'the calls of an evaluation set (slm-audit set freeze)')
    .option('--max-changed <share>', 'exit with 1 when more answers changed: 20%', parseShare)
    .option('--offline', 'serves the recorded answers to an application, on this machine')
    .option('--run <command>', 'with --offline: the application, which is told where to ask')
    .option('--port <number>', 'with --offline: the port; a free one unless given', toCount)
    .addOption(
      new Option('--divergence <way>', 'with --offline: what was never recorded').choices(WAYS)
    )
    .option(
      '--fork-at <step>',
      'with --offline: from this request on, ask the model at --to',
      toCount
    )
    .addOption(new Option('--timing <way>', 'with --offline: how fast').choices(TIMINGS))
    .addHelpText(
      'after',
      '\nexit codes: 0 within the limit, 1 over --max-changed or not the recording again, 2 could not replay, or, with --max-changed, not all'
    )
  readOptions(limitOption(choiceOptions(command), USUAL, MOST)).action(
    async (words: string[], options: ReplayCommandOptions) => {
      const replays = await loadReplays('slm-audit replay')
      await withReader(options, async (reader) => {
        if (options.offline) {
          await replayOffline(replays, reader, toFilter(words, options), options, terminal, finish)
          return
        }
        const calls = await chosen(words, options, reader, replays)
        await again(replays, calls, options, reader, terminal, finish)
      })
    }
  )
}

/** The calls that the words mean: one call by its name, those of a set, or those of a filter. */
async function chosen(
  words: readonly string[],
  options: ReplayCommandOptions,
  reader: Reader,
  { readRecorded }: Replays
): Promise<readonly AuditedCall[]> {
  if (options.set !== undefined) return await readSet(options.set, existingLog(options), reader)
  const [word, ...more] = words
  const one = word !== undefined && more.length === 0 && (await callNamed(word, reader))
  if (one) return [one]
  const filter = toFilter(words, options)
  if (!isChoice(filter)) {
    throw new AuditError(
      'bad_option',
      'replay makes calls again that you choose: slm-audit replay last, slm-audit replay session:S-42, slm-audit replay --set NAME'
    )
  }
  return await readRecorded(reader, { filter, newest: options.limit ?? USUAL })
}

/** `last`, a number or an id; `undefined` for words of the filter language. */
async function callNamed(word: string, reader: Reader): Promise<AuditedCall | undefined> {
  if (!/^(last|-\d+|\d+|[0-9a-f-]{6,36})$/i.test(word)) return undefined
  const call = await reader.get(await callId(word, reader))
  if (call) return call
  throw new AuditError('not_found', `there is no call ${word}; slm-audit list shows the newest`)
}

async function again(
  replays: Replays,
  calls: readonly AuditedCall[],
  options: ReplayCommandOptions,
  reader: Reader,
  terminal: Terminal,
  finish: (exitCode: number) => void
): Promise<void> {
  const target = targetOf(options)
  const tags = { ...(options.set !== undefined && { set: options.set }) }
  // One document is printed at its end; lines as calls are made, which may take long.
  const isDocument = options.json === true && !options.jsonl
  const document: ReturnType<typeof comparedRow>[] = []
  let changed = 0
  let made = 0
  await using log = await logAt(options)
  for (const [at, call] of calls.entries()) {
    terminal.progress(progressBar(at, calls.length))
    let found: AnsweredAgain
    try {
      found = await answerAgain(replays, call, target, log, reader, tags)
    } catch (error) {
      // Of several calls, one that cannot be made again does not keep the others.
      if (calls.length === 1) throw error
      terminal.progress('')
      terminal.explain(messageOf(error))
      continue
    }
    made++
    if (!found.difference.isIdentical) changed++
    terminal.progress('')
    if (isDocument) document.push(comparedRow(found))
    else print(found, options, terminal)
  }
  terminal.progress('')
  if (made === 0) throw new AuditError('bad_option', 'none of these calls could be made again')
  if (isDocument) terminal.print(visibleList(document))
  if (!options.json) terminal.print(terminal.style('bold', summary(made, changed, calls.length)))
  const { maxChanged } = options
  if (maxChanged !== undefined && made < calls.length) {
    terminal.explain(
      `exit 2: of ${calls.length - made} of ${calls.length} calls nothing can be said`
    )
    finish(EXIT.failed)
    return
  }
  refuseChanged(changed, made, maxChanged, terminal, finish)
}

function print(compared: AnsweredAgain, { json }: ReadOptions, terminal: Terminal): void {
  const { recorded, again: call, difference } = compared
  const rendered = () => renderAgain(recorded, call, difference, terminal)
  terminal.print(json ? visibleJson(comparedRow(compared)) : rendered())
}

function comparedRow({ recorded, again: call, difference }: AnsweredAgain) {
  return { recorded: recorded.auditId, again: call.auditId, ...difference }
}

function summary(made: number, changed: number, all: number): string {
  const left = all - made
  const rest = left > 0 ? `, ${left} could not be made again` : ''
  return `${counted(made, 'call')} made again: ${made - changed} answered alike, ${changed} changed${rest}`
}

function targetOf({ on, to, header }: ReplayCommandOptions): Target {
  const replay = usualReplay() ?? {}
  const given = Object.fromEntries((header ?? []).map(toHeader))
  const headers = headersFrom({ ...replay.headers, ...given })
  const model = on ?? replay.model
  const baseURL = to ?? replay.baseURL
  return {
    headers,
    ...(model !== undefined && { model }),
    ...(baseURL !== undefined && { baseURL }),
    ...(replay.run && to === undefined && { run: replay.run as NonNullable<Target['run']> })
  }
}

function toHeader(text: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([\w-]+):\s*(.+)$/.exec(text) ?? []
  if (name !== '') return [name.toLowerCase(), value]
  throw new AuditError(
    'bad_option',
    `--header takes a name and a value: --header 'authorization: Bearer $KEY'`
  )
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0 && count <= 65_535) return count
  throw new InvalidArgumentError('It takes a whole number from 1.')
}
