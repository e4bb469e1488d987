import { Worker } from 'node:worker_threads'
import { AuditError, type AuditErrorCode } from '@slm-audit/core/journal'
import type { CallSummary, Page } from '@slm-audit/core/reader'
import type { FindRequest } from './call-finder.ts'

/** What the thread answers. */
export type FindAnswer =
  | { readonly page: Page<CallSummary> }
  | { readonly code: AuditErrorCode; readonly problem: string }

/** A thread that finds calls, one request after the other. It does not keep a process that waits for nothing. */
export class FindThread {
  readonly #worker: Worker
  readonly #asked: PromiseWithResolvers<Page<CallSummary>>[] = []

  constructor(file: string) {
    const name = import.meta.url.endsWith('.ts') ? '../find-worker.ts' : './find-worker.js'
    const options = { workerData: { file }, execArgv: [], name: 'slm-audit find' }
    this.#worker = new Worker(new URL(name, import.meta.url), options)
    this.#worker.unref()
    this.#worker.on('message', (answer: FindAnswer) => this.#take(answer))
    this.#worker.on('error', (cause) => this.#fail(cause))
    this.#worker.on('exit', () => this.#fail(new Error('its thread ended')))
  }

  find(request: FindRequest): Promise<Page<CallSummary>> {
    const asked = Promise.withResolvers<Page<CallSummary>>()
    this.#asked.push(asked)
    this.#worker.ref()
    this.#worker.postMessage(request)
    return asked.promise
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #take(answer: FindAnswer): void {
    const asked = this.#asked.shift()
    if (this.#asked.length === 0) this.#worker.unref()
    if ('page' in answer) asked?.resolve(answer.page)
    else asked?.reject(new AuditError(answer.code, answer.problem))
  }

  #fail(cause: unknown): void {
    const problem = `the search ended early (${String(cause)}); try again`
    for (const { reject } of this.#asked.splice(0)) {
      reject(new AuditError('journal_unavailable', problem, { cause }))
    }
  }
}
