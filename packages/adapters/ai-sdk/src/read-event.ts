import { type CallRequest, type CallResponse, isObject } from '@slm-audit/core/adapter'
import { splitFacts } from '@slm-audit/core/journal'
import { readModelRequest } from './read-request.ts'
import { readResult } from './read-result.ts'

/** Members of an event, or of a message of the channel. */
export type Fields = { readonly [name: string]: unknown }

/** An object's members; none of what is not an object. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {}
}

/** What of a call the application lets telemetry keep. */
export function keepsOf(event: Fields): { inputs: boolean; outputs: boolean } {
  return { inputs: event.recordInputs !== false, outputs: event.recordOutputs !== false }
}

/** Whether it may keep errors, too, which may quote the one or the other. */
export function keepsAll(event: Fields): boolean {
  const { inputs, outputs } = keepsOf(event)
  return inputs && outputs
}

/** Of settings or details those that say nothing, as a header may hold them. */
export function factsIn(told: Fields): Fields {
  return fieldsOf(splitFacts(told).facts)
}

/** Reads the event of a model call; `stream` says whether its operation asks for the answer in pieces. */
export function readModelEvent(event: Fields, stream?: boolean): CallRequest {
  const asked = readModelRequest(event, requestFields(event), stream)
  if (keepsOf(event).inputs) return asked
  const { input: _input, tools: _tools, settings = {}, ...rest } = asked
  return { ...rest, settings: factsIn(settings) }
}

/** Reads what a model answered, as far as the application lets telemetry keep it. */
export function readModelResult(
  result: unknown,
  event: Fields,
  told?: readonly unknown[]
): CallResponse {
  const answer = readResult(result, told)
  if (keepsOf(event).outputs) return answer
  const { output, reasoning, logprobs, rest, details = {}, error, ...facts } = answer
  return {
    ...facts,
    details: factsIn(details),
    ...(error?.type !== undefined && { error: { type: error.type } })
  }
}

/** Reads the event of a tool's run. */
export function readToolEvent(event: Fields): CallRequest {
  const { toolName, toolCallId, input } = fieldsOf(event.toolCall)
  return {
    kind: 'tool',
    operation: 'execute_tool',
    provider: 'application',
    name: String(toolName),
    toolCallId: String(event.toolCallId ?? toolCallId),
    ...(keepsOf(event).inputs && { input })
  }
}

/** An event's members that are of the request. */
export function requestFields(event: Fields): Fields {
  const { provider, modelId, callId, functionId, aiVersion, recordInputs, recordOutputs, ...rest } =
    event
  return rest
}
