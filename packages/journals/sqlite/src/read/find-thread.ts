import { Worker } from 'node:worker_threads'
import { AuditError, type AuditErrorCode } from '@slm-audit/core/journal'
import type { Answer, Question } from './answering.ts'

/** What the thread is asked. */
export interface FindQuestion {
  readonly question: Question
  /** Holds a 1 once nobody waits for the answer any more; absent where somebody does in any case. */
  readonly stop?: Int32Array | undefined
}

/** What the thread answers. */
export type FindAnswer =
  | { readonly answer: Answer }
  | { readonly code: AuditErrorCode; readonly problem: string }

/** A thread that finds calls, one request after the other. It does not keep a process that waits for nothing. */
export class FindThread {
  readonly #worker: Worker
  readonly #asked: PromiseWithResolvers<Answer>[] = []

  constructor(file: string) {
    const name = import.meta.url.endsWith('.ts') ? '../find-worker.ts' : './find-worker.js'
    const options = { workerData: { file }, execArgv: [], name: 'slm-audit find' }
    this.#worker = new Worker(new URL(name, import.meta.url), options)
    this.#worker.unref()
    this.#worker.on('message', (answer: FindAnswer) => this.#take(answer))
    this.#worker.on('error', (cause) => this.#fail(cause))
    this.#worker.on('exit', () => this.#fail(new Error('its thread ended')))
  }

  /** Asks; once a signal has aborted, nobody waits for the answer, and the thread goes on with what it is asked next. */
  ask(question: Question, signal?: AbortSignal): Promise<Answer> {
    const asked = Promise.withResolvers<Answer>()
    const stop = signal && new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    // First: what cannot be sent, as a function among the options, must not wait for the answer to the next one.
    this.#worker.postMessage({ question, stop } satisfies FindQuestion)
    this.#asked.push(asked)
    this.#worker.ref()
    if (!stop) return asked.promise
    const abort = () => void Atomics.store(stop, 0, 1)
    signal.addEventListener('abort', abort, { once: true })
    return asked.promise.finally(() => signal.removeEventListener('abort', abort))
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #take(answer: FindAnswer): void {
    const asked = this.#asked.shift()
    if (this.#asked.length === 0) this.#worker.unref()
    if ('answer' in answer) asked?.resolve(answer.answer)
    else asked?.reject(new AuditError(answer.code, answer.problem))
  }

  #fail(cause: unknown): void {
    const problem = `the search ended early (${String(cause)}); try again`
    for (const { reject } of this.#asked.splice(0)) {
      reject(new AuditError('journal_unavailable', problem, { cause }))
    }
  }
}
