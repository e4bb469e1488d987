import { parentPort } from 'node:worker_threads'
import { AuditError, messageOf } from '../../base/error.ts'
import {
  type FromWorker,
  isDrained,
  type JournalHost,
  type JournalRequest,
  type RequestToWorker,
  type ToWorker
} from './messages.ts'
import { Progress } from './progress.ts'

/** What a journal's worker does: answers requests until it is asked to close. */
export interface JournalEngine {
  readonly origin: string
  /** The answer to a request, or a promise of it. What it throws is the journal's failure. */
  answer(request: JournalRequest): unknown
}

/**
 * Runs an engine in this worker thread for the `WorkerJournal` that started it, which gives the
 * thread its `progress`.
 */
export async function serveJournal(
  progress: SharedArrayBuffer,
  open: (host: JournalHost) => JournalEngine | Promise<JournalEngine>
): Promise<void> {
  const counts = new Progress(progress)
  const signatures = new Signatures()
  const host: JournalHost = {
    sign: (message) => signatures.ask(message),
    signed: (note) => post({ kind: 'checkpoint', note }),
    failed: ({ code, message }) => post({ kind: 'problem', code, message })
  }
  try {
    const engine = await open(host)
    parentPort?.on('message', (message: ToWorker) => {
      if ('request' in message) void answer(engine, counts, message)
      else signatures.take(message)
    })
    post({ kind: 'answer', id: 0, value: engine.origin })
  } catch (error) {
    refuse(0, error)
  }
}

async function answer(
  engine: JournalEngine,
  counts: Progress,
  { id, request, isPatient }: RequestToWorker
): Promise<void> {
  try {
    const asked = engine.answer(request)
    // An engine that stores at once is not slowed by a turn of the loop.
    const value = asked instanceof Promise ? await asked : asked
    if (!isPatient) post({ kind: 'answer', id, ...(value !== undefined && { value }) })
  } catch (error) {
    if (request.kind === 'append') counts.refuse()
    refuse(id, error)
  }
  if (request.kind === 'append') counts.passAppend()
  if (isDrained(request)) counts.pass()
  if (request.kind === 'close') parentPort?.close()
}

/** Signatures that the caller's thread was asked for. */
class Signatures {
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array>>()
  #lastId = 0

  ask(message: Uint8Array): Promise<Uint8Array> {
    const waiting = Promise.withResolvers<Uint8Array>()
    const id = ++this.#lastId
    this.#waiting.set(id, waiting)
    post({ kind: 'sign', id, message })
    return waiting.promise
  }

  take({ id, signature, problem }: Exclude<ToWorker, RequestToWorker>): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (signature) waiting?.resolve(signature)
    else waiting?.reject(new AuditError('bad_key', `the signer failed: ${problem}`))
  }
}

function post(message: FromWorker): void {
  parentPort?.postMessage(message)
}

function refuse(id: number, error: unknown): void {
  const code = AuditError.is(error) ? error.code : 'journal_failed'
  post({ kind: 'refusal', id, code, message: messageOf(error) })
}
