import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  type EndedBy,
  endedByError,
  isObject,
  type OpenCall,
  readNow,
  textsOf
} from '@slm-audit/core'
import { embeddingUsage } from './audit-embedding-model.ts'
import { endWithError, watchStream } from './end-call.ts'
import { foldParts } from './fold-parts.ts'
import { readEmbeddingRequest, readModelRequest } from './read-request.ts'
import { readResult } from './read-result.ts'
import { readStep, readStepOutput } from './read-step.ts'
import { complete, recordCall } from './record-call.ts'
import { reportUntestedSdk } from './report-untested-sdk.ts'

type Fields = { readonly [name: string]: unknown }

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

/** One operation of the SDK: its step, and what is open below it, by the SDK's ids. */
interface Run {
  readonly step: OpenCall
  readonly below: Map<string, OpenCall>
  /** Cancels the model call whose answer streams. */
  cancelStream?: (by: EndedBy) => void
}

const OBJECT = 'object'

/** The operations of AI SDK 7 that go on, by their `callId`. */
export class Runs {
  readonly #log: AuditLog
  readonly #runs = new Map<unknown, Run>()

  constructor(log: AuditLog) {
    this.#log = log
  }

  start(event: Fields): void {
    if (!this.#log.isRecording || this.#runs.has(event.callId)) return
    reportUntestedSdk(this.#log, event.aiVersion)
    const step = this.#log.open(readNow(() => readStep(event)))
    this.#runs.set(event.callId, { step, below: new Map() })
  }

  end(event: Fields): void {
    const withOutput = event.recordOutputs !== false
    this.#close(event.callId)?.step.complete(
      readNow(() => (withOutput ? readStepOutput(event) : {}))
    )
  }

  abort({ callId, reason }: Fields): void {
    this.#cancel(callId, endedByError(reason) ?? 'signal')
  }

  fail({ callId, error }: Fields): void {
    const run = this.#close(callId)
    if (run === undefined) return
    for (const call of [...run.below.values(), run.step]) endWithError(call, error, undefined)
  }

  model<T>(options: ModelCall<T>): PromiseLike<T> {
    if (!this.#log.isRecording) return options.execute()
    const { callId, execute, ...event } = options as ModelCall<T> & Fields
    const run = this.#runs.get(callId)
    const keeps = keepsOf(event)
    const request = readNow(() => ({
      ...readModelRequest(event, requestFields(event)),
      ...(!keeps.inputs && { input: undefined, tools: undefined })
    }))
    const read = (result: unknown) => withoutOutput(readResult(result), keeps.outputs)
    return recordCall(this.#log, request, {
      parent: run?.step.auditId,
      run: execute,
      answered: (call, result) => {
        const stream = isObject(result) ? result.stream : undefined
        if (stream instanceof ReadableStream) {
          const cancel = watchStream(call, stream, {
            read: (parts) => read(foldParts(parts)),
            cancelled: (by) => this.#cancel(callId, by)
          })
          if (run) run.cancelStream = cancel
        } else complete(call, () => read(result))
      }
    })
  }

  async tool<T>({ callId, toolCallId, toolCall, execute, ...event }: ToolCall<T>): Promise<T> {
    const run = this.#runs.get(callId)
    if (!this.#log.isRecording || run === undefined || run.below.has(toolCallId)) return execute()
    const { toolName, input } = isObject(toolCall) ? toolCall : {}
    const call = this.#log.open(
      {
        kind: 'tool',
        operation: 'execute_tool',
        provider: 'application',
        name: String(toolName),
        toolCallId,
        ...(keepsOf(event).inputs && { input })
      },
      { parent: run.step.auditId }
    )
    run.below.set(toolCallId, call)
    await call.admitted()
    // What the tool gave, or threw, comes with the event `onToolExecutionEnd`.
    return call.run(execute)
  }

  toolEnded(event: Fields): void {
    const { callId, toolCall, toolOutput } = event
    const { toolCallId } = isObject(toolCall) ? toolCall : {}
    const call = this.#take(callId, toolCallId)
    if (call === undefined || !isObject(toolOutput)) return
    if (toolOutput.type === 'tool-error') endWithError(call, toolOutput.error, undefined)
    else call.complete(keepsOf(event).outputs ? { output: toolOutput.output } : {})
  }

  objectStarted(event: Fields): void {
    const { promptMessages, callId } = event
    const { headers: _headers, stepNumber: _step, recordInputs, recordOutputs, ...fields } = event
    const request = () =>
      readModelRequest(event, { ...requestFields(fields), prompt: promptMessages })
    this.#announce(callId, OBJECT, readNow(request), textsOf(promptMessages))
  }

  objectEnded(event: Fields): void {
    const { callId, objectText, finishReason, usage, providerMetadata, warnings } = event
    const content = [{ type: 'text', text: objectText }]
    const facts = { content, finishReason, usage, providerMetadata, warnings }
    const answer = () => withoutOutput(readResult(facts), keepsOf(event).outputs)
    this.#take(callId, OBJECT)?.complete(readNow(answer))
  }

  embedStarted(event: Fields): void {
    const { callId, embedCallId, values, dimensions } = event
    const request = () => readEmbeddingRequest(event, { values, dimensions })
    this.#announce(callId, String(embedCallId), readNow(request), textsOf(values))
  }

  embedEnded(event: Fields): void {
    const usage = embeddingUsage(event.usage)
    const output = keepsOf(event).outputs && { output: event.embeddings }
    this.#take(event.callId, event.embedCallId)?.complete({ ...output, ...(usage && { usage }) })
  }

  #announce(
    callId: unknown,
    key: string,
    request: CallRequest | (() => CallRequest),
    announces: readonly string[]
  ): void {
    const run = this.#runs.get(callId)
    if (run === undefined || run.below.has(key)) return
    run.below.set(key, this.#log.open(request, { parent: run.step.auditId, announces }))
  }

  #take(callId: unknown, key: unknown): OpenCall | undefined {
    const below = this.#runs.get(callId)?.below
    const call = below?.get(String(key))
    below?.delete(String(key))
    return call
  }

  #close(callId: unknown): Run | undefined {
    const run = this.#runs.get(callId)
    this.#runs.delete(callId)
    return run
  }

  #cancel(callId: unknown, by: EndedBy): void {
    const run = this.#close(callId)
    if (run === undefined) return
    run.cancelStream?.(by)
    for (const call of [...run.below.values(), run.step]) call.cancel(by)
  }
}

/** What of a call the application lets telemetry keep. */
function keepsOf({ recordInputs, recordOutputs }: Fields): { inputs: boolean; outputs: boolean } {
  return { inputs: recordInputs !== false, outputs: recordOutputs !== false }
}

function requestFields(event: Fields): Fields {
  const { provider, modelId, callId, functionId, aiVersion, recordInputs, recordOutputs, ...rest } =
    event
  return rest
}

function withoutOutput(answer: CallResponse, keep: boolean): CallResponse {
  if (keep) return answer
  const { output: _output, reasoning: _reasoning, ...facts } = answer
  return facts
}
