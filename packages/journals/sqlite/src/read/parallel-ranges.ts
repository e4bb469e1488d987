import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { AuditError, type RangeFindings, type RangeSource } from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { RangeAnswer, RangeRequest } from './range-rows.ts'

/** Records in one range: enough for a worker to be worth asking, few enough to be held. */
const RANGE = 32 * TILE_WIDTH
/** Fewer records than these are checked before a worker has started. */
const WORTH_IT = 4 * RANGE
const MOST_WORKERS = 8
/** Ranges that wait for each worker or for their turn, so that nobody idles and memory is bounded. */
const AHEAD = 3

/** Ranges of a log that are checked on other threads. */
export interface ParallelRanges extends AsyncDisposable {
  checkRanges(fromIndex: number): RangeSource
}

/**
 * Checks the records of a file up to `size` on as many threads as there are processors, 8 at most;
 * `undefined` for a log that is checked sooner without. Dispose it at the end.
 */
export function parallelRanges(
  file: string,
  fromIndex: number,
  size: number
): ParallelRanges | undefined {
  const threads = Math.min(MOST_WORKERS, availableParallelism())
  if (threads < 2 || size - fromIndex < WORTH_IT) return undefined
  const name = import.meta.url.endsWith('.ts') ? '../verify-worker.ts' : './verify-worker.js'
  const workers = Array.from(
    { length: threads },
    () => new RangeWorker(new URL(name, import.meta.url), file)
  )
  return {
    checkRanges: (from) => inOrder(workers, from, size),
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.end()))
    }
  }
}

/** Asks for the ranges in turn, some ahead, and gives their findings in order. */
function inOrder(workers: readonly RangeWorker[], fromIndex: number, size: number): RangeSource {
  const waiting: Promise<RangeFindings>[] = []
  let from = fromIndex
  let turn = 0
  return async () => {
    while (from < size && waiting.length < workers.length * AHEAD) {
      const to = Math.min(size, (Math.floor(from / RANGE) + 1) * RANGE)
      const worker = workers[turn++ % workers.length]
      if (worker) waiting.push(worker.check({ from, to }))
      from = to
    }
    return await waiting.shift()
  }
}

/** A worker that checks one range after the other. */
class RangeWorker {
  readonly #worker: Worker
  readonly #asked: PromiseWithResolvers<RangeFindings>[] = []

  constructor(program: URL, file: string) {
    const options = { workerData: { file }, execArgv: [], name: 'slm-audit verify' }
    this.#worker = new Worker(program, options)
    this.#worker.on('message', (answer: RangeAnswer) => {
      const asked = this.#asked.shift()
      if ('findings' in answer) asked?.resolve(answer.findings)
      else asked?.reject(new AuditError('journal_damaged', answer.problem))
    })
    this.#worker.on('error', (cause) => this.#fail(cause))
    this.#worker.on('exit', () => this.#fail(new Error('its thread ended')))
  }

  check(range: RangeRequest): Promise<RangeFindings> {
    const asked = Promise.withResolvers<RangeFindings>()
    // Whoever stops at an earlier flaw does not wait for this one.
    asked.promise.catch(() => undefined)
    this.#asked.push(asked)
    this.#worker.postMessage(range)
    return asked.promise
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(cause: unknown): void {
    const problem = `the verification ended early: ${String(cause)}`
    for (const { reject } of this.#asked.splice(0)) {
      reject(new AuditError('journal_unavailable', problem, { cause }))
    }
  }
}
