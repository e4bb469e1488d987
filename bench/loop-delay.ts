import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type AuditLog, createAuditLog } from 'slm-audit'
import { type Effort, interleave, type Result, withFile } from './harness.ts'

const CALLS_PER_SECOND = 500
const input = 'What is the state of my order? '.repeat(16)

/** Event-loop delay at 500 calls a second, with and without the log, in paired periods. */
export async function loopDelay({ rounds, scale }: Effort): Promise<Result[]> {
  const periodMs = 3000 * scale
  return withFile(async (file) => {
    await using log = await createAuditLog({ file })
    const { bare, ours } = await interleave(rounds, {
      bare: () => delayDuring(periodMs, undefined),
      ours: () => delayDuring(periodMs, log)
    })
    return [
      {
        what: 'event-loop delay at 500 calls/s, p99',
        ours: `${ours.toFixed(2)} ms`,
        control: `bare ${bare.toFixed(2)} ms`,
        ratio: (ours / bare).toFixed(2),
        aim: '≤ 1.15',
        met: ours / bare <= 1.15
      }
    ]
  })
}

async function delayDuring(periodMs: number, log: AuditLog | undefined): Promise<number> {
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
  return histogram.percentile(99) / 1e6
}
