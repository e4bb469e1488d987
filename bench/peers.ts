import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Effort, microseconds, type Result, startReceiver, withFile } from './harness.ts'
import { load, middle } from './keeping.ts'
import type { Load, Scenario } from './programs/load.ts'

/** What the SDK needs, its peers among it: some 20 MB, and so no part of this workspace. */
const LANGFUSE = [
  '@langfuse/openai',
  '@langfuse/otel',
  '@opentelemetry/api',
  '@opentelemetry/core',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/sdk-trace-node'
]

/** The same calls by a bare client, with the log, and with the peer. */
interface Compared {
  readonly bare: Load
  readonly ours: Load
  readonly peer: Load
}

/**
 * What calls cost beside the langfuse SDK, which sends its spans to a receiver on loopback and stores nothing. Installs
 * the newest SDK into a temporary folder; throws where that fails.
 */
export async function peerCost({ rounds, scale }: Effort): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-bench-'))
  try {
    const module = install(folder)
    await using receiver = await startReceiver()
    const peer = { module, url: receiver.url }
    const tries = Math.min(rounds, 3)
    const count = (calls: number) => Math.max(20, Math.round(calls * scale))
    const runs = (scenario: Scenario) => compare(tries, scenario, peer)
    const short = await runs({ calls: count(6_000) })
    const streamed = await runs({ calls: count(2_000), chunks: 30 })
    const busy = await runs({ calls: count(6_000), promptBytes: 3_000 })
    const steady = await runs({ calls: count(600), perSecond: 50, promptBytes: 3_000 })
    const quick = await runs({ calls: count(4_000), perSecond: 500, promptBytes: 3_000 })
    const onMain = ({ mainPerCall }: Load) => mainPerCall
    const ofAll = ({ cpuPerCall }: Load) => cpuPerCall
    const all = 'added processor time of all threads, a call of 3 kB'
    return [
      added('added main-thread time, a call of 1 kB', short, onMain, 0.45),
      added('added main-thread time, a stream of 30 chunks', streamed, onMain, 1),
      added(`${all}, one after the other`, busy, ofAll, 1.5),
      added(`${all}, at 50/s`, steady, ofAll, 1),
      added(`${all}, at 500/s`, quick, ofAll, 1.3)
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Installs langfuse into a folder; returns the module there that has it see a client. */
function install(folder: string): string {
  console.error('installing the langfuse SDK into a temporary folder')
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const options = ['--ignore-workspace', '--ignore-scripts', '--reporter=silent']
  execFileSync('pnpm', ['add', ...options, ...LANGFUSE], { cwd: folder, stdio: 'inherit' })
  const module = join(folder, 'langfuse.mjs')
  copyFileSync(new URL('./programs/langfuse.mjs', import.meta.url), module)
  return module
}

/** Runs a scenario without anything, with the log and with the peer, in turns; the medians of each number. */
async function compare(
  tries: number,
  scenario: Scenario,
  peer: NonNullable<Scenario['peer']>
): Promise<Compared> {
  const runs: { readonly [of in keyof Compared]: Load[] } = { bare: [], ours: [], peer: [] }
  for (let at = 0; at < tries; at++) {
    runs.bare.push(await load(scenario))
    runs.ours.push(await withFile((file) => load({ ...scenario, file })))
    runs.peer.push(await load({ ...scenario, peer }))
  }
  return { bare: middle(runs.bare), ours: middle(runs.ours), peer: middle(runs.peer) }
}

function added(
  what: string,
  { bare, ours, peer }: Compared,
  of: (load: Load) => number,
  most: number
): Result {
  const [own, other] = [of(ours) - of(bare), of(peer) - of(bare)]
  return {
    what: `${what}, against langfuse`,
    ours: microseconds(own),
    control: `langfuse ${microseconds(other)}, bare client ${microseconds(of(bare))}`,
    ratio: (own / other).toFixed(2),
    aim: `≤ ${most}`,
    met: own <= most * other
  }
}
