// corpus/main.ts --calls 20000 --out shop.db [--seed 1] [--until 2026-11-30]: a log to look at.
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createCorpus, writeCorpus } from './write-corpus.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000' },
    out: { type: 'string', default: 'shop.db' },
    seed: { type: 'string', default: '1' },
    until: { type: 'string' }
  }
})
const [calls, seed] = [Number(values.calls), Number(values.seed)]
const until = values.until === undefined ? Date.now() : Date.parse(values.until)
if (!(calls >= 1) || !Number.isFinite(seed) || !Number.isFinite(until)) {
  console.error('usage: pnpm corpus --calls 20000 --out shop.db [--seed 1] [--until 2026-11-30]')
  process.exit(2)
}
for (const suffix of ['', '-wal', '-shm', '-index', '-index-wal', '-index-shm']) {
  rmSync(values.out + suffix, { force: true })
}
const began = performance.now()
const seconds = () => ((performance.now() - began) / 1000).toFixed(1)
createCorpus(values.out)
const indexing = new Worker(new URL('./index-thread.ts', import.meta.url), {
  workerData: values.out
})
const records = writeCorpus(values.out, { calls, until, seed })
console.log(`${records} records of ${calls} calls in ${values.out}, ${seconds()} s`)
indexing.postMessage('written')
await once(indexing, 'exit')
console.log(`indexed, ${seconds()} s in all; look at it: npx slm-audit list --file ${values.out}`)
