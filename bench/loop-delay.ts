import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type AuditLog, createAuditLog } from 'slm-audit'
import { type Effort, interleave, median, type Result, withFile } from './harness.ts'

const CALLS_PER_SECOND = 500
const input = 'What is the state of my order? '.repeat(16)

/** Event-loop delay at 500 calls a second, with and without the log, in paired periods; also beside a disk that others write to. */
export async function loopDelay({ rounds, scale }: Effort): Promise<Result[]> {
  const periodMs = 3000 * scale
  return withFile(async (file) => {
    await using log = await createAuditLog({ file })
    const alone = await pairedDelay(rounds, periodMs, log)
    const beside = await besideBusyDisk(dirname(file), () =>
      pairedDelay(Math.ceil(rounds / 3), periodMs, log)
    )
    return [
      line('p99', alone.bare.p99, alone.ours.p99, 1.15),
      line('p99 beside a busy disk', beside.bare.p99, beside.ours.p99, 1.1),
      line('p99.9 beside a busy disk', beside.bare.p999, beside.ours.p999, 1.3)
    ]
  })
}

function line(what: string, bare: number, ours: number, most: number): Result {
  return {
    what: `event-loop delay at 500 calls/s, ${what}`,
    ours: `${ours.toFixed(2)} ms`,
    control: `bare ${bare.toFixed(2)} ms`,
    ratio: (ours / bare).toFixed(2),
    aim: `≤ ${most}`,
    met: ours / bare <= most
  }
}

/** Percentiles of a period, in milliseconds. */
interface Delay {
  readonly p99: number
  readonly p999: number
}

/** The medians of periods with and without the log, in turn. */
async function pairedDelay(
  rounds: number,
  periodMs: number,
  log: AuditLog
): Promise<{ readonly bare: Delay; readonly ours: Delay }> {
  const late: { bare: number[]; ours: number[] } = { bare: [], ours: [] }
  const of = (who: 'bare' | 'ours') => async () => {
    const { p99, p999 } = await delayDuring(periodMs, who === 'ours' ? log : undefined)
    late[who].push(p999)
    return p99
  }
  const p99 = await interleave(rounds, { bare: of('bare'), ours: of('ours') })
  const delay = (who: 'bare' | 'ours') => ({ p99: p99[who], p999: median(late[who].slice(1)) })
  return { bare: delay('bare'), ours: delay('ours') }
}

/** Runs while another process writes to the disk of a folder and waits for it, over and over. */
async function besideBusyDisk<T>(folder: string, run: () => Promise<T>): Promise<T> {
  const program = new URL('./programs/busy-disk.ts', import.meta.url).pathname
  const busy = spawn(process.execPath, [program, join(folder, 'busy')], { stdio: 'ignore' })
  const ended = once(busy, 'exit')
  try {
    return await run()
  } finally {
    busy.kill('SIGKILL')
    await ended
  }
}

async function delayDuring(periodMs: number, log: AuditLog | undefined): Promise<Delay> {
  const call = async () => JSON.stringify({ answer: input })
  const request = { operation: 'chat', provider: 'bench', input }
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  const until = performance.now() + periodMs
  const gap = 1000 / CALLS_PER_SECOND
  for (let next = performance.now(); next < until; next += gap) {
    const wait = next - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    await (log ? log.record(request, call) : call())
  }
  histogram.disable()
  return { p99: histogram.percentile(99) / 1e6, p999: histogram.percentile(99.9) / 1e6 }
}
