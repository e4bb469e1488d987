import { readNow, textsOf } from '@slm-audit/core/adapter'
import { embeddingUsage } from './audit-embedding-model.ts'
import {
  type Fields,
  fieldsOf,
  keepsAll,
  keepsOf,
  readModelEvent,
  readModelResult,
  readToolEvent,
  requestFields
} from './read-event.ts'
import { readEmbeddingRequest, readModelRequest } from './read-request.ts'
import { recordCall } from './record-call.ts'
import type { Runs } from './runs.ts'
import { stepsOf } from './step-above.ts'

/** What the SDK tells of a model call that it hands over to be run. */
export interface ModelCall<T> {
  readonly callId: string
  execute(): PromiseLike<T>
}

/** What the SDK tells of a tool that it hands over to be run. */
export interface ToolCall<T> {
  readonly callId: string
  readonly toolCallId: string
  readonly toolCall?: unknown
  execute(): PromiseLike<T>
}

const OBJECT = 'object'

/** What the SDK tells its telemetry integrations of the calls below an operation. */
export class IntegrationCalls {
  readonly #runs: Runs

  constructor(runs: Runs) {
    this.#runs = runs
  }

  model<T>(options: ModelCall<T>): PromiseLike<T> {
    if (!this.#runs.log.isRecording) return options.execute()
    const { execute, ...event } = options as ModelCall<T> & Fields
    const run = this.#runs.find(event.callId)
    return recordCall(
      this.#runs.log,
      readNow(() => readModelEvent(event, run?.streams)),
      {
        parent: run?.step.auditId,
        run: execute,
        hides: !keepsAll(event),
        onResult: (call, result) => this.#runs.onResult(call, result, event)
      }
    )
  }

  async tool<T>({ execute, ...event }: ToolCall<T>): Promise<T> {
    const run = this.#runs.find(event.callId)
    if (!this.#runs.log.isRecording || run === undefined) return execute()
    const call = this.#runs.openBelow(run, event.toolCallId, readToolEvent({ ...event }))
    if (call === undefined) return execute()
    await call.admitted()
    // What the tool gave, or threw, comes with the event `onToolExecutionEnd`.
    return call.run(execute)
  }

  toolEnded(event: Fields): void {
    const { toolCallId } = fieldsOf(event.toolCall)
    const call = this.#runs.take(this.#runs.find(event.callId), toolCallId)
    this.#runs.toolEnded(call, event.toolOutput, event)
  }

  objectStarted(event: Fields): void {
    const run = this.#runs.find(event.callId)
    if (run === undefined) return
    const { promptMessages, headers: _headers, stepNumber: _step, ...fields } = event
    const request = () =>
      readModelRequest(event, { ...requestFields(fields), prompt: promptMessages }, run.streams)
    const announces = textsOf(promptMessages)
    const call = this.#runs.openBelow(run, OBJECT, readNow(request), { announces })
    if (call === undefined) return
    // The SDK tells nobody how a stream ended early; a middleware below hears it.
    stepsOf(this.#runs.log).set(call.auditId, {
      cancelled: (by) => this.#runs.cancel(run.id, by),
      failed: (error) => this.#runs.fail(run.id, error),
      announces
    })
  }

  objectEnded(event: Fields): void {
    const { callId, objectText, finishReason, usage, providerMetadata, warnings } = event
    const content = [{ type: 'text', text: objectText }]
    const facts = { content, finishReason, usage, providerMetadata, warnings }
    const call = this.#runs.take(this.#runs.find(callId), OBJECT)
    call?.complete(readNow(() => readModelResult(facts, event)))
  }

  embedStarted(event: Fields): void {
    const { callId, embedCallId, values, dimensions } = event
    const run = this.#runs.find(callId)
    if (run === undefined) return
    const request = () => readEmbeddingRequest(event, { values, dimensions })
    this.#runs.openBelow(run, embedCallId, readNow(request), { announces: textsOf(values) })
  }

  embedEnded(event: Fields): void {
    const usage = embeddingUsage(event.usage)
    const output = keepsOf(event).outputs && { output: event.embeddings }
    const call = this.#runs.take(this.#runs.find(event.callId), event.embedCallId)
    call?.complete({ ...output, ...(usage && { usage }) })
  }
}
