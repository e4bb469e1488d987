import { setImmediate, setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { IndexFile } from '../../packages/journals/sqlite/src/index/index-file.ts'
import { openForReading } from '../../packages/journals/sqlite/src/store/open-database.ts'

const STEP_MS = 25

/** Indexes a log while another thread writes it, until that says that it has. */
async function follow(file: string): Promise<void> {
  const evidence = openForReading(file)
  const index = new IndexFile(evidence, file)
  let isWritten = false
  parentPort?.once('message', () => {
    isWritten = true
  })
  for (;;) {
    const wasWritten = isWritten
    const isAtEnd = index.advance({ deadline: performance.now() + STEP_MS })
    if (isAtEnd && wasWritten) break
    await (isAtEnd ? setTimeout(STEP_MS) : setImmediate())
  }
  for (const _ of index.mergeAll()) await setImmediate()
  index.close()
  evidence.close()
}

await follow(String(workerData))
