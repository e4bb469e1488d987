import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditError, AuditLog } from '../../packages/core/src/index.ts'
import type { AdapterBench, Use } from '../../packages/testing/src/bench/index.ts'

/** What came of a call while one function threw. */
export interface Fault {
  /** The function's file and line. */
  readonly place: string
  /** What the application met, where that differs from what it meets without a log. */
  readonly met: string | undefined
  /** How many problems were reported. */
  readonly told: number
  /** Whether every call that was made has a terminal record. */
  readonly isRecorded: boolean
}

/** Longest that a use may take, in milliseconds: many times what it takes on a machine that does other work as well. */
const PATIENCE_MS = 20_000

/** Longest that a log is waited for whose closing itself is what fails, in milliseconds. */
const CLOSING_MS = 2_000

/** How often a log is flushed before its fault, each time for as long as its deadline is. */
const MOST_FLUSHES = 60

/** Thrown where a fault is tried. */
class Injected extends Error {
  override readonly name = 'Injected'
}

const unheard: string[] = []
process.on(
  'unhandledRejection',
  (reason) =>
    void unheard.push(
      `rejected unheard: ${reason instanceof Error ? reason.stack?.split('\n').slice(0, 9).join(' < ') : String(reason)}`
    )
)
process.on(
  'uncaughtException',
  (error) => void unheard.push(`uncaught: ${error.stack?.split('\n').slice(0, 9).join(' < ')}`)
)

/**
 * Plays a bench once for each function that runs in it, which throws then whenever it is called; `before` hears what is
 * tried next.
 */
export async function tryFaults(
  bench: AdapterBench,
  before: (what: string) => void
): Promise<Fault[]> {
  before('without a log')
  const bare = bench.bare()
  // Models are loaded, and connections made, before it counts.
  await bare.call()
  const control = await outcomeOf(bare)
  const ran = new Set<string>()
  before('without a fault')
  const whole = await play(
    bench,
    (place) => void ran.add(place),
    () => undefined
  )
  const same = whole.outcome === control ? undefined : `without a fault: ${whole.outcome}`
  const faults: Fault[] = same ? [{ place: 'none', met: same, told: 0, isRecorded: false }] : []
  for (const place of ran) {
    const where = `${faults.length + 1} of ${ran.size}, ${place}`
    const fail = (now: string) => {
      if (now === place) throw new Injected(place)
    }
    const played = await play(bench, fail, (step) => before(`${where}: ${step}`))
    const met = [...unheard.splice(0), ...(played.outcome === control ? [] : [played.outcome])]
    faults.push({
      place,
      met: met.length > 0 ? met.join('; ').slice(0, 1_500) : undefined,
      told: played.problems.length,
      isRecorded: played.ended >= whole.ended
    })
  }
  return faults
}

/**
 * Plays a bench on a log of its own; `atEach` is called in each function of ours while the application's calls run, `before`
 * hears what comes next.
 */
async function play(
  bench: AdapterBench,
  atEach: (place: string) => void,
  before: (step: string) => void
) {
  const { callsOf } = await import('../../packages/testing/src/fakes/memory-log.ts')
  const { createAuditLog, memoryJournal } = await import('../../packages/core/src/index.ts')
  const { nodePlatform } = await import('../../packages/core/src/node.ts')
  const problems: AuditError[] = []
  const journal = memoryJournal()
  const platform = nodePlatform()
  const onProblem = (problem: AuditError) => void problems.push(problem)
  const log = createAuditLog({ journal, platform, onProblem, deadlineMs: 1_000 })
  const use = bench.wrapped(log)
  // Models are loaded, and connections made, before the fault.
  before('a call before it')
  await use.call()
  before('flush before it')
  await flushed(log)
  const earlier = callsOf(journal.records).filter(isEnded).length
  before('under it')
  globalThis.faultPoint = atEach
  const outcome = await outcomeOf(use)
  await sleep(1)
  globalThis.faultPoint = () => undefined
  before('close behind it')
  await Promise.race([log.close().catch(() => undefined), sleep(CLOSING_MS)])
  const ended = callsOf(journal.records).filter(isEnded).length - earlier
  return { outcome, problems, ended }
}

/** Flushes, again where other work of the machine took longer than the log's deadline. */
async function flushed(log: AuditLog): Promise<void> {
  for (let left = MOST_FLUSHES; ; left--) {
    try {
      await log.flush()
      return
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

function isEnded({ stage }: { readonly stage: string }): boolean {
  return stage !== 'received'
}

/** What an application meets of one call and one stream, as text. */
async function outcomeOf(use: Use): Promise<string> {
  const met: unknown[] = []
  const note = async (run: () => unknown) => {
    try {
      met.push(await Promise.race([run(), late()]))
    } catch (error) {
      met.push(['threw', String(error)])
    }
  }
  await note(() => use.call())
  await note(async () => {
    const chunks: unknown[] = []
    const stream = await use.stream?.()
    if (stream) for await (const chunk of stream) chunks.push(chunk)
    return [chunks.length, chunks.at(0), chunks.at(-1)]
  })
  return JSON.stringify(met, shown)?.replaceAll(VOLATILE, '…') ?? ''
}

async function late(): Promise<string> {
  await sleep(PATIENCE_MS, undefined, { ref: false })
  return 'nothing came'
}

/** Ids and times that differ from call to call without a log, too. */
const VOLATILE =
  /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|aitxt-\w+|"\w*[dD]uration\w*":[\d.]+/g

function shown(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Error ? String(value) : value
}
