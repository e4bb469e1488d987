import { spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { openForWriting } from '../packages/journals/sqlite/src/store/open-database.ts'
import { Writer } from '../packages/journals/sqlite/src/store/writer.ts'
import { type Effort, type Result, withFile } from './harness.ts'
import { appendVaried, receivedAt } from './varied-log.ts'

/** Records of the log, unless the environment has another number: ten million take an hour and 20 GB. */
const RECORDS = Number(process.env.SLM_AUDIT_BENCH_PRUNED ?? 200_000)
const MOST_STOPPED_MS = 50
/** How often somebody appends meanwhile, in milliseconds. */
const PAUSE_MS = 5

/** How long retention, which takes all of a large log in another process, keeps a writer from appending. */
export async function retentionCost({ scale }: Effort): Promise<Result[]> {
  const calls = Math.max(1_000, Math.round((RECORDS / 2) * scale))
  return await withFile(async (file) => {
    const database = openForWriting(file, 'process', 'example.com/bench')
    const writer = new Writer(database, 'bench')
    appendVaried(writer, 0, calls, calls)
    const began = performance.now()
    const retaining = run(file, receivedAt(calls, calls))
    const waits: number[] = []
    for (let place = calls; !retaining.isDone; place++) {
      const from = performance.now()
      appendVaried(writer, place, place + 1, calls)
      waits.push(performance.now() - from)
      await setTimeout(PAUSE_MS)
    }
    const { pruned, tookMs } = await retaining.report
    database.close()
    const longest = Math.max(...waits)
    const sorted = waits.toSorted((a, b) => a - b)
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0
    return [
      {
        what: `longest append while ${pruned.toLocaleString('en')} records are pruned`,
        ours: `${longest.toFixed(1)} ms`,
        control: `99 % ${p99.toFixed(1)} ms of ${waits.length.toLocaleString('en')}`,
        ratio: '',
        aim: `≤ ${MOST_STOPPED_MS} ms`,
        met: longest <= MOST_STOPPED_MS
      },
      {
        what: 'records pruned a second, beside a writer',
        ours: Math.round((pruned * 1000) / tookMs).toLocaleString('en'),
        control: `${((performance.now() - began) / 1000).toFixed(0)} s in all`,
        ratio: '',
        aim: '',
        met: true
      }
    ]
  })
}

/** Runs retention in a process of its own, as of a year after a moment. */
function run(file: string, at: number) {
  const program = new URL('./programs/retain.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, file, String(at + 366 * 86_400_000)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  const state = {
    isDone: false,
    report: new Promise<{ pruned: number; tookMs: number }>((resolve, reject) => {
      child.once('close', (code) => {
        state.isDone = true
        if (code === 0) resolve(JSON.parse(text))
        else reject(new Error(`retention ended with ${code}`))
      })
    })
  }
  return state
}
