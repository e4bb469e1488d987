import { clearTimeout, setTimeout } from '../../base/clock.ts'
import { AuditError, type AuditErrorCode } from '../../base/error.ts'
import { type FromWorker, isDrained, type JournalRequest } from './messages.ts'
import type { Progress } from './progress.ts'

/** How long a patient append may be stored without being known to be, in milliseconds. */
const PATIENCE_MS = 10

interface OpenRequest {
  readonly resolve: (value?: unknown) => void
  readonly reject: (error: AuditError) => void
  /** Which of the appends it is, where it is one: they are stored in order. */
  readonly append?: number | undefined
}

/** A request that was just opened. */
interface OpenedRequest {
  readonly id: number
  readonly answer: Promise<unknown>
}

/** What a worker was asked and has not answered. */
export class OpenRequests {
  readonly #progress: Progress
  readonly #open = new Map<number, OpenRequest>()
  /** Appends that are not answered when they are stored: the progress says so. */
  #patient: number[] = []
  #look: NodeJS.Timeout | undefined
  #lastId = 0
  #appends = 0
  #counted = 0
  #refused = 0

  constructor(progress: Progress) {
    this.#progress = progress
  }

  /** Whether all is through that a process which ends waits for. */
  get areThrough(): boolean {
    return this.#progress.through >= this.#counted
  }

  /** The request that each worker answers once it has started. */
  openStart(): Promise<unknown> {
    return this.#add(0, {})
  }

  open(request: JournalRequest, isPatient: boolean): OpenedRequest {
    const id = ++this.#lastId
    const append = request.kind === 'append' ? ++this.#appends : undefined
    if (isDrained(request)) this.#counted++
    if (isPatient) this.#waitPatiently(id)
    return { id, answer: this.#add(id, { append }) }
  }

  answered(message: Extract<FromWorker, { kind: 'answer' | 'refusal' }>): void {
    const request = this.#take(message.id)
    if (message.kind === 'answer') request?.resolve(message.value)
    else {
      if (request?.append !== undefined) this.#refused++
      request?.reject(problemOf(message))
    }
  }

  /** Settles the patient appends that are stored by now. */
  lookForStored(): void {
    clearTimeout(this.#look)
    this.#look = undefined
    const stored = this.#progress.stored(this.#refused)
    for (const id of this.#patient.splice(0)) {
      const append = this.#open.get(id)?.append
      if (append === undefined) continue
      if (append > stored) this.#waitPatiently(id)
      else this.#take(id)?.resolve()
    }
  }

  /** Ends all requests to a worker that died: none of them is known to be done. */
  fail(problem: AuditError): void {
    this.#progress.reset(this.#counted, this.#appends, this.#refused)
    for (const id of this.#open.keys()) this.#take(id)?.reject(problem)
  }

  #add(id: number, { append }: Pick<OpenRequest, 'append'>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject, append })
    })
  }

  #take(id: number): OpenRequest | undefined {
    const request = this.#open.get(id)
    this.#open.delete(id)
    return request
  }

  #waitPatiently(id: number): void {
    this.#patient.push(id)
    this.#look ??= setTimeout(() => this.lookForStored(), PATIENCE_MS).unref()
  }
}

/** A problem as the worker told of it. */
export function problemOf(told: { readonly code: string; readonly message: string }): AuditError {
  return new AuditError(told.code as AuditErrorCode, told.message)
}
