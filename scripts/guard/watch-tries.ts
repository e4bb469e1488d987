// A thread that tells on stderr how far the tries are, and ends the process once one takes too long: a fault may keep the
// main thread from ever running a timer.
import { writeSync } from 'node:fs'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

/** How often progress is told, in milliseconds. */
const TOLD_EVERY_MS = 15_000

/** Longest that one try may take, loading its model included, in milliseconds. */
const LONGEST_MS = 120_000

/** Starts the thread. Returns what is to be called before each try, with what it is; `first` is what goes on now. */
export function watchTries(first: string): (what: string) => void {
  const thread = new Worker(new URL(import.meta.url))
  thread.unref()
  const watch = (what: string) => thread.postMessage(what)
  watch(first)
  return watch
}

if (!isMainThread) {
  let [current, since] = ['', performance.now()]
  parentPort?.on('message', (what: string) => {
    current = what
    since = performance.now()
  })
  setInterval(() => {
    const isStuck = performance.now() - since > LONGEST_MS
    // The main thread would have to write for `process.stderr`.
    writeSync(2, `${current}${isStuck ? `: stuck for ${LONGEST_MS / 1_000} s` : ''}\n`)
    if (isStuck) process.kill(process.pid, 'SIGKILL')
  }, TOLD_EVERY_MS)
}
