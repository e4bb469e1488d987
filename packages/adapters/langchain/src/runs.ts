import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  endedByError,
  endedBySignal,
  isObject,
  type OpenCall,
  type OpenOptions,
  readNow
} from '@slm-audit/core'
import { currentRun } from './current-run.ts'
import { plainOf } from './plain-of.ts'
import { readMessage, textsOfMessages } from './read-message.ts'
import {
  aroundOf,
  conversationOf,
  fieldsOf,
  type RunFacts,
  readModelEnd,
  readModelStart
} from './read-model-run.ts'

/** A run of LangChain as its callbacks tell of it. */
export interface RunStart extends RunFacts {
  readonly id: string
  readonly parent?: unknown
  readonly name?: unknown
}

interface Run {
  /** Absent where LangChain's own plumbing runs, which has no record. */
  readonly call?: OpenCall
  /** What the run's children hang below. */
  readonly place: string | undefined
  /** The answer of a model so far. */
  text: string
  unwatch?: () => void
}

/** Runs that are LangChain's plumbing say so by this tag. */
const HIDDEN = 'langsmith:hidden'

/** The runs of LangChain that go on, by its ids. */
export class Runs {
  readonly #log: AuditLog
  readonly #runs = new Map<string, Run>()

  constructor(log: AuditLog) {
    this.#log = log
    log.parentFrom(() => this.#runs.get(currentRun() ?? '')?.place)
  }

  chatStarted(messages: readonly unknown[], start: RunStart): void {
    const request = () => readModelStart('chat', messages.map(readMessage), start)
    this.#open(start, request, { announces: textsOfMessages(messages) })
  }

  completionStarted(prompt: string, start: RunStart): void {
    const request = () => readModelStart('text_completion', prompt, start)
    this.#open(start, request, { announces: [prompt] })
  }

  chainStarted(inputs: unknown, start: RunStart): void {
    const { id, tags } = start
    if (Array.isArray(tags) && tags.includes(HIDDEN)) {
      this.#runs.set(id, { place: this.#placeOf(start), text: '' })
      return
    }
    this.#open(start, () => ({ ...stepOf(start, 'invoke_workflow'), input: plainOf(inputs) }))
  }

  retrieverStarted(query: string, start: RunStart): void {
    this.#open(start, () => ({ ...stepOf(start, 'retrieval'), input: query }))
  }

  toolStarted(input: string, start: RunStart, toolCallId: unknown): void {
    this.#open(start, () => ({
      ...stepOf(start, 'execute_tool'),
      kind: 'tool',
      ...(typeof toolCallId === 'string' && { toolCallId }),
      input: parse(input)
    }))
  }

  token(id: string, token: string): void {
    const run = this.#runs.get(id)
    if (run?.call === undefined) return
    run.text += token
    run.call.chunk()
  }

  modelEnded(id: string, output: unknown): Promise<void> | undefined {
    return this.#complete(id, () => readModelEnd(output))
  }

  end(id: string, output: unknown): Promise<void> | undefined {
    return this.#complete(id, () => ({ output: plainOf(output) }))
  }

  fail(id: string, error: unknown): Promise<void> | undefined {
    const run = this.#take(id)
    if (run?.call === undefined) return undefined
    const partial = partialOf(run)
    const by = endedByError(error)
    if (by) run.call.cancel(by, partial)
    else run.call.fail(error, partial)
    return run.call.settled()
  }

  /** Ends a run; in the waiting modes its result waits for the record, as LangChain awaits this. */
  #complete(id: string, read: () => CallResponse): Promise<void> | undefined {
    const call = this.#take(id)?.call
    call?.complete(readNow(read))
    return call?.settled()
  }

  #open(start: RunStart, read: () => CallRequest, options: OpenOptions = {}): void {
    if (!this.#log.isRecording || this.#runs.has(start.id)) return
    const call = this.#log.open(readNow(read), { parent: this.#placeOf(start), ...options })
    const run: Run = { call, place: call.auditId, text: '' }
    this.#runs.set(start.id, run)
    call.keepPartial(() => partialOf(run), 0)
    this.#watchSignal(run, fieldsOf(fieldsOf(start.extra).options).signal)
  }

  /** LangChain may leave a stream that was aborted without a word. */
  #watchSignal(run: Run, signal: unknown): void {
    if (!(signal instanceof AbortSignal)) return
    const aborted = () => run.call?.cancel(endedBySignal(signal), () => partialOf(run))
    signal.addEventListener('abort', aborted, { once: true })
    run.unwatch = () => signal.removeEventListener('abort', aborted)
  }

  #placeOf({ parent }: RunStart): string | undefined {
    return typeof parent === 'string' ? this.#runs.get(parent)?.place : undefined
  }

  #take(id: string): Run | undefined {
    const run = this.#runs.get(id)
    this.#runs.delete(id)
    run?.unwatch?.()
    return run
  }
}

/** A model's answer as far as it streamed. */
function partialOf({ text }: Run): CallResponse {
  return text === '' ? {} : { output: text }
}

function stepOf(start: RunStart, operation: string): CallRequest {
  return {
    kind: 'step',
    operation,
    provider: 'langchain',
    name: typeof start.name === 'string' ? start.name : 'unnamed',
    settings: aroundOf(start),
    ...conversationOf(start)
  }
}

/** A tool's arguments; LangChain gives objects as JSON. */
function parse(input: string): unknown {
  try {
    const value: unknown = JSON.parse(input)
    return isObject(value) ? value : input
  } catch {
    return input
  }
}
