import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { openForWriting } from '../packages/journals/sqlite/src/store/open-database.ts'
import { Writer } from '../packages/journals/sqlite/src/store/writer.ts'
import { type Effort, type Result, withFile } from './harness.ts'
import { appendVaried, receivedAt } from './varied-log.ts'

/** Records of the log, and words of each text. At full size it takes some 20 minutes, and 10 GB of disk. */
const USUAL = { records: 200_000, words: 60 }
const FULL = { records: 10_000_000, words: 3 }
const MOST_STOPPED_MS = 50
/** How often somebody appends meanwhile, in milliseconds. */
const PAUSE_MS = 5

/**
 * How long retention, which takes all of a large log in another process, keeps a writer from appending. The control
 * appends as often, at the same moments, to a log beside it of which nothing is taken. `SLM_AUDIT_PRUNE_LOG` names a log
 * that is there, and from which all is taken, in place of one that is made.
 */
export async function retentionCost({ scale, isFull }: Effort): Promise<Result[]> {
  const { records, words } = isFull ? FULL : USUAL
  const given = process.env.SLM_AUDIT_PRUNE_LOG
  const calls = Math.max(1_000, Math.round((records / 2) * scale))
  return await withFile(async (fresh) => {
    const file = given ?? fresh
    const [ours, control] = [file, `${fresh}-control`].map((each) => opened(each))
    if (!ours || !control) return []
    if (given === undefined) {
      ours.database.pragma('synchronous = OFF')
      appendVaried(ours.writer, 0, calls, calls, words)
      ours.database.pragma('synchronous = NORMAL')
    }
    const bytes = statSync(file).size
    const retaining = run(file, given === undefined ? receivedAt(calls, calls) : Date.now())
    const waits: { ours: number; control: number }[] = []
    const wait = (writer: Writer, place: number) => {
      const from = performance.now()
      appendVaried(writer, place, place + 1, calls, words)
      return performance.now() - from
    }
    for (let place = calls; !retaining.isDone; place++) {
      waits.push({ ours: wait(ours.writer, place), control: wait(control.writer, place) })
      await setTimeout(PAUSE_MS)
    }
    const { pruned, tookMs } = await retaining.report
    for (const { database } of [ours, control]) database.close()
    return [...resultsOf(waits, pruned, tookMs), spaceGiven(bytes, statSync(file).size)]
  })
}

function spaceGiven(before: number, after: number): Result {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  return {
    what: 'the file once the writer has ended',
    ours: megabytes(after),
    control: `${megabytes(before)} before`,
    ratio: `${(after / before).toFixed(2)} ×`,
    aim: '',
    met: true
  }
}

function opened(file: string) {
  const database = openForWriting(file, 'process', 'example.com/bench')
  return { database, writer: new Writer(database, 'bench') }
}

function resultsOf(
  waits: readonly { readonly ours: number; readonly control: number }[],
  pruned: number,
  tookMs: number
): Result[] {
  const sorted = (name: 'ours' | 'control') =>
    waits.map((each) => each[name]).toSorted((a, b) => a - b)
  const [ours, control] = [sorted('ours'), sorted('control')]
  const longest = ours.at(-1) ?? 0
  const line = (what: string, at: number) => ({
    what,
    ours: `${(ours.at(at) ?? 0).toFixed(1)} ms`,
    control: `${(control.at(at) ?? 0).toFixed(1)} ms, a log of which nothing is taken`,
    ratio: `${((ours.at(at) ?? 0) / (control.at(at) ?? 1)).toFixed(2)} ×`
  })
  const thousandth = -Math.ceil(waits.length / 1_000)
  return [
    {
      ...line(`longest append while ${pruned.toLocaleString('en')} records are pruned`, -1),
      aim: `≤ ${MOST_STOPPED_MS} ms`,
      met: longest <= MOST_STOPPED_MS
    },
    {
      ...line(
        `99.9 % of ${waits.length.toLocaleString('en')} appends meanwhile, at most`,
        thousandth
      ),
      aim: '',
      met: true
    },
    {
      what: 'records pruned a second, beside a writer',
      ours: Math.round((pruned * 1000) / tookMs).toLocaleString('en'),
      control: `${(tookMs / 1000).toFixed(0)} s in all`,
      ratio: '',
      aim: '',
      met: true
    }
  ]
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
