// Appends frames to a spool, and notes each in a file once it is acknowledged, until it is ended.
// appending.ts ROOT NOTES ENDING: `kill` (from outside), `terminate`, `exit`, `cluster`, `main-exit`
import cluster from 'node:cluster'
import { openSync, writeSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { SpoolWriter } from '../../../../src/node/spool/index.ts'

const [root = '', notes = '', ending = 'kill'] = process.argv.slice(2)
const isInThread = ending === 'terminate' || ending === 'main-exit'

if (isInThread && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), {
    argv: [root, notes, ending],
    workerData: 1
  })
  worker.once('message', async () => {
    if (ending === 'main-exit') process.exit(0)
    await worker.terminate()
    // The process goes on.
    setInterval(() => undefined, 1_000)
    process.stdout.write('terminated\n')
  })
} else if (ending === 'cluster' && cluster.isPrimary) {
  const child = cluster.fork()
  child.once('message', () => child.process.kill('SIGKILL'))
} else run(workerData === 1)

function run(isThread: boolean): void {
  const writer = new SpoolWriter({
    root,
    level: 'process',
    schema: 1,
    segmentBytes: 200_000,
    events: { failed: throwIt, lost: throwIt, moved: throwIt }
  })
  const handle = openSync(notes, 'a')
  for (let n = 1; ; n++) {
    // A loop that never gives up its turn.
    const auditId = `call-${process.pid}-${n}`
    const body = ['x'.repeat((n * 997) % 5_000)]
    const sequence = writer.append({ kind: 'event', auditId, at: n, meta: '{}', body })
    if (writer.kept(sequence) === undefined) writeSync(handle, `${auditId}\n`)
    if (n !== 500) continue
    process.stdout.write('running\n')
    if (isThread) parentPort?.postMessage('running')
    else if (ending === 'exit') process.exit(0)
    else process.send?.('running')
  }
}

function throwIt(problem: unknown): never {
  throw problem
}
