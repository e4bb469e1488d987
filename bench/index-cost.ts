import { statSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallFilter, Reader } from '@slm-audit/core/reader'
import { openReader } from '@slm-audit/sqlite'
import { IndexFile } from '../packages/journals/sqlite/src/index/index-file.ts'
import { openForWriting } from '../packages/journals/sqlite/src/store/open-database.ts'
import { Writer } from '../packages/journals/sqlite/src/store/writer.ts'
import { type Effort, median, type Result, withFile } from './harness.ts'
import { appendVaried, receivedAt } from './varied-log.ts'

const CALLS = 1_000_000
const SMALL = 10_000
const STEP = 5_000
const PAGE_MS = 1
const SEARCH_MS = 5
const BLOCKED_MS = 50
const MOST_GROWTH = 1.15
const REPEATS = 7

/** Lists and searches in a large log, and what its size costs an append. */
export async function indexCost({ scale }: Effort): Promise<Result[]> {
  const calls = Math.max(2 * SMALL, Math.round(CALLS * scale))
  return await withFile(async (file) => {
    const database = openForWriting(file, 'memory', 'example.com/bench')
    const writer = new Writer(database, 'bench')
    appendVaried(writer, 0, SMALL, calls)
    const small = appendVaried(writer, SMALL, SMALL + STEP, calls)
    appendVaried(writer, SMALL + STEP, calls - STEP, calls)
    const large = appendVaried(writer, calls - STEP, calls, calls)
    const index = new IndexFile(database, file)
    const began = performance.now()
    while (!index.advance({ deadline: performance.now() + 1000 }));
    const took = performance.now() - began
    index.close()
    database.close()
    const bytes = statSync(`${file}-index`).size / calls
    return [
      {
        what: `append at ${calls.toLocaleString('en')} calls`,
        ours: perCall(large, STEP),
        control: `at ${SMALL.toLocaleString('en')} ${perCall(small, STEP)}`,
        ratio: (large / small).toFixed(2),
        aim: `≤ ${MOST_GROWTH}`,
        met: large / small <= MOST_GROWTH
      },
      note('indexing, a call of 125 words', `${perCall(took, calls)}, ${bytes.toFixed(0)} bytes`),
      ...(await reads(file, calls))
    ]
  })
}

async function reads(file: string, calls: number): Promise<Result[]> {
  await using reader = await openReader(file)
  const hour = (place: number) => ({
    since: new Date(receivedAt(place, calls)).toISOString(),
    until: new Date(receivedAt(place, calls) + 3_600_000).toISOString()
  })
  const filters: readonly CallFilter[] = [
    ...[{}, { user: 'u-77' }, { user: 'nobody' }, { session: 'S-42' }, { tenant: 't-7' }],
    ...[{ stage: 'error' as const }, { stage: 'abandoned' as const }, { tag: 'tier=gold' }],
    ...[{ tag: 'tier' }, { tag: 'none' }, { model: 'rare-model' }, { parent: 'nobody' }],
    ...[{ provider: 'ollama' }, { errorType: 'APIError' }, hour(0), hour(calls / 2)],
    ...[{ since: '2030-01-01' }, { ...hour(calls / 2), stage: 'error' as const }],
    ...[
      { user: 'u-77', stage: 'error' as const },
      { ...hour(100), model: 'rare-model' }
    ]
  ]
  const texts: readonly (readonly [text: string, filter?: CallFilter])[] = [
    ...([['refund'], ['unicorn'], ['nowhere'], ['退款'], ['"refund take"']] as const),
    ...([['w1x w2x w3x'], ['w1x unicorn'], ['refund', { user: 'u-77' }]] as const),
    ...([
      ['refund', { user: 'nobody' }],
      ['refund', { stage: 'error' }]
    ] as const),
    ['refund', hour(calls / 3)]
  ]
  const lists = filters.map(
    (filter) => [JSON.stringify(filter), () => reader.query(filter)] as const
  )
  const searches = texts.map(
    ([text, filter = {}]) =>
      [`${text} ${JSON.stringify(filter)}`, () => reader.search(text, filter)] as const
  )
  return [
    await slowest(`a page of 50 of ${calls.toLocaleString('en')} calls`, lists, PAGE_MS),
    await slowest('a page of 50 of a search', searches, SEARCH_MS),
    await blocked(reader)
  ]
}

type Ask = readonly [name: string, run: () => Promise<unknown>]

async function slowest(what: string, asks: readonly Ask[], aim: number): Promise<Result> {
  const took: { readonly name: string; readonly ms: number }[] = []
  for (const [name, run] of asks) {
    const times: number[] = []
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const began = performance.now()
      await run()
      times.push(performance.now() - began)
    }
    took.push({ name, ms: median(times) })
  }
  took.sort((one, other) => other.ms - one.ms)
  if (process.env.BENCH_VERBOSE) console.table(took)
  const [worst = { name: '', ms: Number.NaN }] = took
  return {
    what: `${what}, the slowest of ${asks.length}`,
    ours: `${worst.ms.toFixed(2)} ms: ${worst.name}`,
    control: `median ${median(took.map(({ ms }) => ms)).toFixed(2)} ms`,
    ratio: '',
    aim: `≤ ${aim} ms`,
    met: worst.ms <= aim
  }
}

/** A phrase whose words are everywhere and never beside one another, which is looked for in all of the log. */
async function blocked(reader: Reader): Promise<Result> {
  await reader.search('"take refund"')
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(20)
  const began = performance.now()
  await reader.search('"take refund"')
  const took = performance.now() - began
  await sleep(20)
  delay.disable()
  const ms = delay.max / 1e6
  return {
    what: "the caller's event loop while a search goes through all",
    ours: `held ${ms.toFixed(1)} ms of ${took.toFixed(0)}`,
    control: '',
    ratio: '',
    aim: `≤ ${BLOCKED_MS} ms`,
    met: ms <= BLOCKED_MS
  }
}

function note(what: string, ours: string): Result {
  return { what, ours, control: '', ratio: '', aim: '', met: true }
}

function perCall(ms: number, calls: number): string {
  return `${((ms * 1000) / calls).toFixed(1)} µs`
}
