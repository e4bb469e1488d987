import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  type EndedBy,
  endedBySignal,
  isObject,
  type OpenCall,
  type OpenOptions,
  onAbort,
  readNow,
  signalOf,
  withRest
} from '@slm-audit/core/adapter'
import { currentRun } from './current-run.ts'
import { plainOf } from './plain-of.ts'
import { abortedBy, readControl } from './read-error.ts'
import { readMessage, textsOfMessages, wholeMessage } from './read-message.ts'
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
  /** LangChain's id of the run around it. */
  readonly above: unknown
  /** Absent where LangChain's own plumbing runs, which has no record. */
  readonly call?: OpenCall
  /** What the run's children hang below. */
  readonly place: string | undefined
  /** The answer of a model so far. */
  text: string
  /** How often each event comes: once for each place where the handler was given. */
  copies: number
  tokens: number
  /** Who cancelled a run below it. */
  cancelledBy?: EndedBy
  unwatch?: () => void
}

/** Runs that are LangChain's plumbing say so by this tag. */
const HIDDEN = 'langsmith:hidden'

/** The runs of LangChain that go on, by its ids. */
export class Runs {
  readonly #log: AuditLog
  readonly #runs = new Map<string, Run>()
  /** Hears when LangChain has let go of a run: a consumer left its stream, which no callback tells. */
  readonly #left =
    typeof FinalizationRegistry === 'undefined'
      ? undefined
      : new FinalizationRegistry<string>((id) => this.#take(id)?.call?.cancel('unread'))

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
      this.#runs.set(id, newRun(start, this.#placeOf(start)))
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
    if (run?.call === undefined || run.tokens++ % run.copies > 0) return
    run.text += token
    run.call.chunk()
  }

  modelEnded(id: string, output: unknown): Promise<void> | undefined {
    return this.#complete(id, () => readModelEnd(output))
  }

  end(id: string, output: unknown): Promise<void> | undefined {
    return this.#complete(id, () =>
      withRest({ output: plainOf(output) }, [plainOf(output, wholeMessage)])
    )
  }

  fail(id: string, error: unknown): Promise<void> | undefined {
    const run = this.#take(id)
    if (run === undefined) return undefined
    const partial = partialOf(run)
    const by = abortedBy(error, run.cancelledBy)
    const control = readControl(error)
    if (by) this.#cancel(run, by)
    else if (control) run.call?.complete(control)
    else run.call?.fail(error, partial)
    return run.call?.settled()
  }

  /** Cancels a run; the one around it may hear no more than that something was aborted. */
  #cancel(run: Run, by: EndedBy): void {
    const above = typeof run.above === 'string' ? this.#runs.get(run.above) : undefined
    if (above) above.cancelledBy ??= by
    run.call?.cancel(by, partialOf(run))
  }

  /** Ends a run; in the waiting modes its result waits for the record, as LangChain awaits this. */
  #complete(id: string, read: () => CallResponse): Promise<void> | undefined {
    const call = this.#take(id)?.call
    call?.complete(readNow(read))
    return call?.settled()
  }

  #open(start: RunStart, read: () => CallRequest, options: OpenOptions = {}): void {
    if (!this.#log.isRecording) return
    const known = this.#runs.get(start.id)
    if (known) {
      known.copies++
      return
    }
    const call = this.#log.open(readNow(read), { parent: this.#placeOf(start), ...options })
    const run = newRun(start, call.auditId, call)
    this.#runs.set(start.id, run)
    // LangChain holds what it says of a run as long as it goes on.
    if (isObject(start.metadata)) this.#left?.register(start.metadata, start.id, run)
    call.keepPartial(() => partialOf(run))
    this.#watchSignal(run, fieldsOf(fieldsOf(start.extra).options).signal)
  }

  /** LangChain may leave a stream that was aborted without a word. */
  #watchSignal(run: Run, given: unknown): void {
    const signal = signalOf(given)
    if (signal) run.unwatch = onAbort(signal, () => this.#cancel(run, endedBySignal(signal)))
  }

  #placeOf({ parent }: RunStart): string | undefined {
    return typeof parent === 'string' ? this.#runs.get(parent)?.place : undefined
  }

  #take(id: string): Run | undefined {
    const run = this.#runs.get(id)
    this.#runs.delete(id)
    if (run) this.#left?.unregister(run)
    run?.unwatch?.()
    return run
  }
}

function newRun({ parent }: RunStart, place: string | undefined, call?: OpenCall): Run {
  return { above: parent, ...(call && { call }), place, text: '', copies: 1, tokens: 0 }
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
