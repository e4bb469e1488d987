import { AuditError, type AuditErrorCode } from '../../base/error.ts'
import { withResolvers } from '../../base/promises.ts'
import { type FromWorker, isDrained, type JournalRequest } from './messages.ts'
import type { Progress } from './progress.ts'

/** A request that was just opened. */
interface OpenedRequest {
  readonly id: number
  readonly answer: Promise<unknown>
}

/** What a worker was asked and has not answered. */
export class OpenRequests {
  readonly #progress: Progress
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0
  #drained = 0

  constructor(progress: Progress) {
    this.#progress = progress
  }

  /** Whether all is through that a process which ends waits for. */
  get areThrough(): boolean {
    return this.#progress.through >= this.#drained
  }

  /** The request that each worker answers once it has started. */
  openStart(): Promise<unknown> {
    return this.#add(0)
  }

  open(request: JournalRequest): OpenedRequest {
    const id = ++this.#lastId
    if (isDrained(request)) this.#drained++
    return { id, answer: this.#add(id) }
  }

  settle(message: Extract<FromWorker, { kind: 'answer' | 'refusal' }>): void {
    const request = this.#take(message.id)
    if (message.kind === 'answer') request?.resolve(message.value)
    else request?.reject(problemOf(message))
  }

  /** Ends all requests to a worker that died: none of them is known to be done. */
  fail(problem: AuditError): void {
    this.#progress.reset(this.#drained)
    for (const id of this.#open.keys()) this.#take(id)?.reject(problem)
  }

  #add(id: number): Promise<unknown> {
    const request = withResolvers<unknown>()
    this.#open.set(id, request)
    return request.promise
  }

  #take(id: number): PromiseWithResolvers<unknown> | undefined {
    const request = this.#open.get(id)
    this.#open.delete(id)
    return request
  }
}

/** A problem as the worker told of it. */
export function problemOf(told: { readonly code: string; readonly message: string }): AuditError {
  return new AuditError(told.code as AuditErrorCode, told.message)
}
