import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { CallSummary, Reader } from '@slm-audit/core/reader'
import { openReader } from '@slm-audit/sqlite'
import { withShopLog } from './corpus/shop-log.ts'
import { type Effort, median, type Result } from './harness.ts'

const REPEATS = 60
const FEW_REPEATS = 9
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const CLI = new URL('../packages/slm-audit/src/cli.ts', import.meta.url).pathname

/**
 * What reading the shop's log, or the one that SLM_AUDIT_READ_LOG names, costs: processor time of all threads of the process,
 * as other programs do not count in it.
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
}

async function measure(file: string): Promise<Result[]> {
  await using reader = await openReader(file)
  const size = (await reader.facets('kind')).reduce((sum, { calls }) => sum + calls, 0)
  const [call] = (await reader.query('session:* user:* kind:call', { limit: 1 })).items
  if (!call) throw new Error(`${file} has no call with a session and a user`)
  const lines: Result[] = []
  for (const ask of [...pages(reader, call), ...searches(reader), ...figures(reader)]) {
    lines.push(line(`${ask.what}, of ${size.toLocaleString('en')}`, await cpuOf(ask), ask.aim))
  }
  return [...lines, await listTime(file)]
}

function pages(reader: Reader, call: CallSummary): Ask[] {
  const day = new Date(Date.parse(call.receivedAt) - 20 * DAY_MS)
  const since = day.toISOString().slice(0, 10)
  const until = new Date(day.getTime() + DAY_MS).toISOString().slice(0, 10)
  const page = (name: string, filter: string): Ask => ({
    what: `a page of 50 calls by ${name}`,
    aim: 0.2,
    run: () => reader.query(filter, { limit: 50 })
  })
  return [
    { what: 'one call by id, whole', aim: 0.2, run: () => reader.get(call.auditId) },
    page('session', `session:${call.session}`),
    page('user', `user:${call.user}`),
    page('tenant', `tenant:${call.tenant}`),
    page('model and day', `model:${call.model} since:${since} until:${until}`),
    page('stage', 'stage:error'),
    page('tag', 'tag.tier:gold')
  ]
}

function searches(reader: Reader): Ask[] {
  const search = (what: string, words: string, aim: number, relevant = false): Ask => ({
    what,
    aim,
    ...(relevant && { repeats: FEW_REPEATS }),
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

function line(what: string, ms: number, aim: number): Result {
  return {
    what: `reading: ${what}`,
    ours: `${ms.toFixed(ms < 10 ? 2 : 0)} ms`,
    control: '',
    ratio: '',
    aim: `≤ ${aim} ms`,
    met: ms <= aim
  }
}
