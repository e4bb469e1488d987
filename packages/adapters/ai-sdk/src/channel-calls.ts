import { type OpenCall, readNow, textsOf } from '@slm-audit/core/adapter'
import { embeddingUsage } from './audit-embedding-model.ts'
import { endWithError } from './end-call.ts'
import { type Fields, fieldsOf, keepsOf, readModelEvent, readToolEvent } from './read-event.ts'
import { readEmbeddingRequest } from './read-request.ts'
import type { Run, Runs } from './runs.ts'

/** A message of the SDK's channel, the same object from start to end. */
export interface ChannelMessage {
  readonly type?: unknown
  readonly event?: unknown
  /** At the end; absent where the application lets telemetry keep not all of it. */
  readonly result?: unknown
  readonly error?: unknown
}

const MODEL = 'model'
const EMBEDDING = 'embedding'

/**
 * What the SDK tells on its diagnostics channel, recorded where the integration does not hear of it:
 * where a call brings integrations of its own. An operation's message comes before the integration
 * hears, those of the calls below it after.
 */
export class ChannelCalls {
  readonly #runs: Runs

  constructor(runs: Runs) {
    this.#runs = runs
  }

  /** Opens what begins with a message; the code of the message is to run inside of it. */
  opened({ type, event: told }: ChannelMessage): OpenCall | undefined {
    if (!this.#runs.log.isRecording) return undefined
    const event = fieldsOf(told)
    if (isOperation(event)) return this.#runs.open(event)?.step
    const run = this.#unheard(event)
    if (run === undefined) return undefined
    if (type === 'languageModelCall') {
      // The answer before, whose end nobody told.
      this.#runs.take(run, MODEL)?.complete({})
      const request = readNow(() => readModelEvent(event, run.streams))
      return this.#runs.openBelow(run, MODEL, request, { yields: true })
    }
    if (type !== 'executeTool') return undefined
    const request = readNow(() => readToolEvent(event))
    return this.#runs.openBelow(run, toolKey(event), request)
  }

  /** The code of a message has begun. */
  begun({ type, event: told }: ChannelMessage): void {
    if (type !== 'embed' && type !== 'embedMany') return
    const event = fieldsOf(told)
    const run = this.#unheard(event)
    if (run === undefined) return
    const { value, dimensions, providerOptions } = event
    const asked = type === 'embed' ? [value] : value
    const values = keepsOf(event).inputs ? asked : undefined
    const request = () => readEmbeddingRequest(event, { values, dimensions, providerOptions })
    this.#runs.openBelow(run, EMBEDDING, readNow(request), { announces: textsOf(values) })
  }

  /** What began with a message has ended. */
  ended({ type, event: told, result, error }: ChannelMessage): void {
    const event = fieldsOf(told)
    const run = this.#unheard(event)
    if (run === undefined) return
    if (isOperation(event)) this.#operationEnded(run, event, fieldsOf(result), error)
    else if (type === 'languageModelCall') this.#modelEnded(run, event, result, error)
    else if (type === 'executeTool') {
      const call = this.#runs.take(run, toolKey(event))
      if (result === undefined) call?.complete({})
      else this.#runs.toolEnded(call, fieldsOf(result).output, event)
    }
  }

  #operationEnded(run: Run, event: Fields, result: Fields, error: unknown): void {
    if (error !== undefined) {
      this.#runs.fail(run.id, error)
      return
    }
    this.#runs.take(run, MODEL)?.complete({})
    const embedded = this.#runs.take(run, EMBEDDING)
    if (embedded) {
      const { embedding, embeddings = embedding && [embedding] } = result
      const usage = embeddingUsage(result.usage)
      const output = keepsOf(event).outputs && { output: embeddings }
      embedded.complete({ ...output, ...(usage && { usage }) })
    }
    this.#runs.end(event, result)
  }

  #modelEnded(run: Run, event: Fields, result: unknown, error: unknown): void {
    // Without its result a call may stream still: it ends with what comes next.
    if (error === undefined && result === undefined) return
    const call = this.#runs.take(run, MODEL)
    if (call === undefined) return
    if (error !== undefined) endWithError(call, error)
    else this.#runs.onResult(call, result, event)
  }

  #unheard({ callId }: Fields): Run | undefined {
    const run = this.#runs.find(callId)
    return run?.isHeard ? undefined : run
  }
}

function isOperation({ operationId }: Fields): boolean {
  return typeof operationId === 'string'
}

function toolKey({ toolCall }: Fields): string {
  return `tool ${String(fieldsOf(toolCall).toolCallId)}`
}
