import { execFile, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { promisify } from 'node:util'
import { builtProgram } from './built-packages.ts'
import { type Effort, median, type Result, withFile } from './harness.ts'
import type { Load, Scenario } from './programs/load.ts'
import { storedCalls } from './survival.ts'

const execute = promisify(execFile)
const KIB = 1024

/** A run with the log, the same without, and what is left in the log. */
interface Pair {
  readonly ours: Load
  readonly bare: Load
  readonly stored: number
  /** Bytes of the database when it was closed. */
  readonly bytes: number
}

/** What calls cost a process as a whole: processor, memory, disk, the loop, and what is lost. */
export async function keepingCost({ rounds, scale }: Effort): Promise<Result[]> {
  const tries = Math.min(rounds, 3)
  const count = (calls: number) => Math.max(20, Math.round(calls * scale))
  const run = (scenario: Scenario) => pairs(tries, scenario)
  const busy = await run({ calls: count(6_000), promptBytes: 3_000 })
  const slow = await ours({ calls: count(50), perSecond: 2, promptBytes: 3_000 })
  const steady = await pairs(1, { calls: count(600), perSecond: 50, promptBytes: 3_000 })
  const quick = await run({ calls: count(4_000), perSecond: 500, promptBytes: 3_000 })
  const long = await pairs(1, { calls: count(60_000) })
  const hung = {
    ours: await ours({ calls: count(20_000), isHung: true }),
    bare: await ours({ calls: count(20_000) })
  }
  const streamed = await pairs(1, { calls: 1, streamMb: Math.max(4, Math.round(400 * scale)) })
  const fast = await ours({ calls: count(30_000), perSecond: 2_000 })
  return [
    ...[['one after the other', busy] as const, ['at 50/s', steady] as const],
    ...[['at 500/s', quick] as const]
  ]
    .map(([how, pair]) => processor(how, pair))
    .concat([
      written('2/s', slow, 20),
      written('50/s', steady.ours, 12),
      written('500/s', quick.ours, 12),
      onDisk(busy, count(6_000)),
      memory(`after ${count(60_000).toLocaleString('en')} calls`, long, 110),
      memory('one stream of 400 MB', streamed, 32),
      memory('beside an exporter that hangs', hung, 16, 'without it'),
      loop('p99', quick, ({ p99 }) => p99, 1.1),
      loop('p99.9', quick, ({ p999 }) => p999, 1.3),
      {
        ...LINE,
        what: 'records that the index lacks after calls at 2,000/s, flushed',
        ours: `${fast.behind}`,
        aim: '≤ 4,000: 1 s',
        met: fast.behind <= 4_000
      },
      {
        ...LINE,
        what: 'closing the log after those',
        ours: `${fast.closeMs.toFixed(0)} ms`,
        aim: '≤ 200 ms',
        met: fast.closeMs <= 200
      }
    ])
}

/** What is lost, and how long the loop is held, where an application goes to extremes. */
export async function extremes({ scale }: Effort): Promise<Result[]> {
  const count = (calls: number) => Math.max(10, Math.round(calls * scale))
  const results: Result[] = []
  for (const [what, scenario] of [
    [
      `${count(20_000).toLocaleString('en')} calls in one turn`,
      { calls: count(20_000), perSecond: 0 }
    ],
    ['24 prompts of 5 MB', { calls: count(24), perSecond: 10, promptBytes: 5_000_000 }],
    [
      '1,500 calls/s in a loop that is busy for 30 ms a turn',
      { calls: count(6_000), perSecond: 1_500, busyMs: 30 }
    ]
  ] as const) {
    const { ours, bare, stored } = await pairs(1, scenario)
    // Those that warm up are in the log as well.
    const lost = scenario.calls + Math.min(200, scenario.calls) - stored
    const held = ours.max - bare.max
    results.push({
      ...LINE,
      what: `${what}: lost, and the longest delay of the loop`,
      ours: `${lost} lost, ${ours.max.toFixed(0)} ms`,
      control: `bare ${bare.max.toFixed(0)} ms`,
      ratio: (ours.max / bare.max).toFixed(2),
      aim: '0, + 20 ms',
      met: lost === 0 && held <= 20
    })
  }
  return results
}

const LINE = { control: '', ratio: '', aim: '', met: true } as const

function processor(how: string, { ours, bare }: Pair): Result {
  return {
    ...LINE,
    what: `processor time of all threads a call of 3 kB, ${how}`,
    ours: `${ours.cpuPerCall.toFixed(0)} µs`,
    control: `bare client ${bare.cpuPerCall.toFixed(0)} µs`,
    ratio: (ours.cpuPerCall / bare.cpuPerCall).toFixed(2)
  }
}

function written(rate: string, { writtenPerCall }: Load, most: number): Result {
  const kib = writtenPerCall / KIB
  return {
    ...LINE,
    what: `written to the disk a call of 3 kB at ${rate}`,
    ours: `${kib.toFixed(1)} KiB`,
    aim: `≤ ${most} KiB`,
    met: kib <= most
  }
}

function onDisk({ bytes, stored }: Pair, calls: number): Result {
  const perCall = bytes / Math.max(stored, 1)
  const payload = 4_000
  return {
    ...LINE,
    what: `database a call, ${calls.toLocaleString('en')} single calls`,
    ours: `${(perCall / 1000).toFixed(1)} kB`,
    control: `prompt and answer ${payload / 1000} kB`,
    ratio: (perCall / payload).toFixed(2),
    aim: '≤ 2',
    met: perCall <= 2 * payload
  }
}

function memory(
  what: string,
  { ours, bare }: Pick<Pair, 'ours' | 'bare'>,
  mostMb: number,
  control = 'bare'
): Result {
  const added = ours.rssMb - bare.rssMb
  return {
    ...LINE,
    what: `resident memory, ${what}`,
    ours: `${ours.rssMb.toFixed(0)} MB`,
    control: `${control} ${bare.rssMb.toFixed(0)} MB`,
    ratio: `${added < 0 ? '' : '+'}${added.toFixed(0)} MB`,
    aim: `≤ + ${mostMb} MB`,
    met: added <= mostMb
  }
}

function loop(
  name: string,
  { ours, bare }: Pair,
  of: (load: Load) => number,
  most: number
): Result {
  const ratio = of(ours) / of(bare)
  return {
    ...LINE,
    what: `event-loop delay of a client at 500 calls/s, ${name}`,
    ours: `${of(ours).toFixed(2)} ms`,
    control: `bare ${of(bare).toFixed(2)} ms`,
    ratio: ratio.toFixed(2),
    aim: `≤ ${most}`,
    met: ratio <= most
  }
}

/** Runs a scenario with the log alone. */
function ours(scenario: Scenario): Promise<Load> {
  return withFile((file) => load({ ...scenario, file }))
}

/** Runs a scenario with and without the log, in turns; the medians of each number. */
async function pairs(tries: number, scenario: Scenario): Promise<Pair> {
  const bare: Load[] = []
  const ours: Load[] = []
  let [stored, bytes] = [0, 0]
  for (let at = 0; at < tries; at++) {
    bare.push(await load(scenario))
    await withFile(async (file) => {
      ours.push(await load({ ...scenario, file }))
      stored = await storedCalls(file)
      bytes = statSync(file).size
    })
  }
  return { ours: middle(ours), bare: middle(bare), stored, bytes }
}

/** Makes the calls of a scenario in a process of their own. */
export async function load(scenario: Scenario): Promise<Load> {
  const args = [builtProgram('load'), JSON.stringify(scenario)]
  const { stdout } = await execute(process.execPath, args, { maxBuffer: 2 ** 24 })
  return JSON.parse(stdout) as Load
}

/** The median of each number of some runs. */
export function middle(loads: readonly Load[]): Load {
  const [first] = loads
  const names = Object.keys(first ?? {}) as (keyof Load)[]
  const entries = names.map((name) => [name, median(loads.map((each) => each[name]))])
  return Object.fromEntries(entries) as Load
}

/** Keeps both processors busy while something is measured. */
export async function onBusyCores<T>(run: () => Promise<T>): Promise<T> {
  const spin = 'for (;;) Math.sqrt(Math.random())'
  const busy = [0, 1].map(() => spawn(process.execPath, ['-e', spin], { stdio: 'ignore' }))
  try {
    return await run()
  } finally {
    for (const each of busy) each.kill('SIGKILL')
  }
}
