import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { CallSummary, Reader } from '@slm-audit/core/reader'
import { openReader } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { facetToken } from '../packages/journals/sqlite/src/index/facets.ts'
import { indexPath } from '../packages/journals/sqlite/src/index/index-database.ts'
import { withShopLog } from './corpus/shop-log.ts'
import { type Effort, median, type Result } from './harness.ts'

/** As many as it takes for the code of a page to be compiled, half of them before anything is measured. */
const REPEATS = 300
const FEW_REPEATS = 9
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const CLI = new URL('../packages/slm-audit/src/cli.ts', import.meta.url).pathname

/**
 * What reading the shop's log, or the one that SLM_AUDIT_READ_LOG names, costs: processor time of all threads of the process,
 * as other programs do not count in it. The control is the driver alone.
 */
export async function readingCost(effort: Effort): Promise<Result[]> {
  return await withShopLog(process.env.SLM_AUDIT_READ_LOG, effort, measure)
}

/** Something that is read, and how many milliseconds it may take. */
interface Ask {
  readonly what: string
  readonly aim: number
  readonly repeats?: number
  readonly run: () => Promise<unknown>
  /** What the driver takes to hand over the same rows by the same index. */
  readonly control?: () => unknown
}

/** Columns of a row of a page. */
const COLUMNS = `calls.id, audit_id, kind, stage, received_at, provider, model, answered_model, operation, session, user, tenant, parent,
  service, version, duration_ms, first_chunk_ms, confidence, input_tokens, output_tokens, error_type, question, answer, tool`

async function measure(file: string): Promise<Result[]> {
  await using reader = await openReader(file)
  const size = (await reader.facets('kind')).reduce((sum, { calls }) => sum + calls, 0)
  const [call] = (await reader.query('session:* user:* kind:call', { limit: 1 })).items
  if (!call) throw new Error(`${file} has no call with a session and a user`)
  const lines: Result[] = []
  const index = new Database(indexPath(file), { readonly: true })
  const asks = [...pages(reader, call, index), ...searches(reader, index), ...figures(reader)]
  for (const ask of asks) {
    const what = `${ask.what}, of ${size.toLocaleString('en')}`
    const { control } = ask
    const alone = control && (await cpuOf({ ...ask, run: async () => control() }))
    lines.push(line(what, await cpuOf(ask), ask.aim, alone))
  }
  index.close()
  return [...lines, await listTime(file)]
}

/** Hands over the newest rows that a token of the index finds, by a statement that was made by hand. */
function rowsOf(index: Database.Database, token: string): () => unknown {
  const select = index.prepare(
    `SELECT ${COLUMNS} FROM texts JOIN calls ON calls.id = texts.rowid JOIN traits ON traits.id = calls.trait
      WHERE texts MATCH ? ORDER BY texts.rowid DESC LIMIT 51`
  )
  return () => select.all(`"${token}"`)
}

function pages(reader: Reader, call: CallSummary, index: Database.Database): Ask[] {
  const day = new Date(Date.parse(call.receivedAt) - 20 * DAY_MS)
  const since = day.toISOString().slice(0, 10)
  const until = new Date(day.getTime() + DAY_MS).toISOString().slice(0, 10)
  const page = (name: string, filter: string, control?: Ask['control']): Ask => ({
    what: `a page of 50 calls by ${name}`,
    aim: 0.2,
    run: () => reader.query(filter, { limit: 50 }),
    ...(control && { control })
  })
  const by = (name: 'session' | 'user' | 'tenant') =>
    page(name, `${name}:${call[name]}`, rowsOf(index, facetToken(name, call[name])))
  const inTime = index.prepare(
    `SELECT ${COLUMNS} FROM whole_calls AS calls WHERE id < ? AND received_at >= ? AND received_at < ? AND model = ? ORDER BY id DESC LIMIT 51`
  )
  const bounds = [Date.parse(since), Date.parse(until)]
  const [end] = index
    .prepare('SELECT max(id) + 1 FROM calls WHERE received_at < ?')
    .raw()
    .get(bounds[1]) as [number]
  return [
    { what: 'one call by id, whole', aim: 0.2, run: () => reader.get(call.auditId) },
    by('session'),
    by('user'),
    by('tenant'),
    page('model and day', `model:${call.model} since:${since} until:${until}`, () =>
      inTime.all(end, ...bounds, call.model)
    ),
    page('stage', 'stage:error', rowsOf(index, facetToken('stage', 'error'))),
    page('tag', 'tag.tier:gold', rowsOf(index, facetToken('tagValue', 'tier=gold'))),
    {
      ...page('a common value beside rare ones', 'model:qwen* stage:error took:>2s'),
      aim: 50,
      repeats: FEW_REPEATS
    }
  ]
}

function searches(reader: Reader, index: Database.Database): Ask[] {
  const search = (what: string, words: string, aim: number, relevant = false): Ask => ({
    what,
    aim,
    ...(relevant ? { repeats: FEW_REPEATS } : { control: rowsOf(index, words) }),
    run: () => reader.query(words, { limit: 50, ...(relevant && { sort: 'relevance' }) })
  })
  return [
    search('a page of 50 of a search, newest first', 'refund', 0.5),
    search('a page of 50 of a word that most calls hold', 'the', 0.5),
    search('a page of 50 by relevance', 'refund', 200, true)
  ]
}

function figures(reader: Reader): Ask[] {
  const everyMs = HOUR_MS
  const figure = (what: string, aim: number, run: Ask['run']): Ask => {
    return { what, aim, repeats: FEW_REPEATS, run }
  }
  return [
    figure('values of a facet with their calls', 5, () => reader.facets('model')),
    figure('users with their calls', 5, () => reader.facets('user')),
    figure('eleven facets within a filter, its newest 10,000 calls', 100, () =>
      reader.facetsWithin('kind:call')
    ),
    figure('figures by the hour, 90 days', 20, () => reader.stats({ everyMs }))
  ]
}

/** The median of milliseconds of the processor, after some rounds that compile. */
async function cpuOf({ run, repeats = REPEATS }: Ask): Promise<number> {
  for (let round = 0; round < repeats / 2; round++) await run()
  const times: number[] = []
  for (let round = 0; round < repeats; round++) {
    const before = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1000)
  }
  return median(times)
}

/** The command line from its start to its end, Node's own start in it. */
async function listTime(file: string): Promise<Result> {
  const times: number[] = []
  for (let round = 0; round < FEW_REPEATS; round++) {
    const began = performance.now()
    await promisify(execFile)(process.execPath, [CLI, 'list', '--file', file])
    times.push(performance.now() - began)
  }
  return line('`slm-audit list`, from sources, wall', median(times), 150)
}

function line(what: string, ms: number, aim: number, alone?: number): Result {
  const shown = (time: number) => `${time.toFixed(time < 10 ? 2 : 0)} ms`
  return {
    what: `reading: ${what}`,
    ours: shown(ms),
    control: alone === undefined ? '' : shown(alone),
    ratio: alone === undefined ? '' : `${(ms / alone).toFixed(1)} ×`,
    aim: `≤ ${aim} ms`,
    met: ms <= aim
  }
}
