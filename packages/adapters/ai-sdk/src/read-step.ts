import { type CallRequest, type CallResponse, isObject } from '@slm-audit/core/adapter'
import { factsIn } from './read-event.ts'
import { namesOf } from './read-request.ts'

type Fields = { readonly [name: string]: unknown }

/** Members of a start event that are not settings of the operation. */
const OTHERS = new Set([
  ...['callId', 'operationId', 'functionId', 'aiVersion', 'provider', 'modelId', 'recordInputs'],
  ...['recordOutputs', 'instructions', 'system', 'messages', 'prompt', 'value', 'tools', 'headers'],
  ...['runtimeContext', 'toolsContext', 'timestamp', 'durableContext', 'output', 'schema'],
  ...['query', 'documents', 'text', 'state', 'questions']
])
/** What is asked by several members: rerank, decide. */
const SEVERAL = ['query', 'documents', 'state', 'questions']

/** Reads the event that begins an operation of the SDK. */
export function readStep(event: Fields): CallRequest {
  const { operationId, functionId, aiVersion, tools } = event
  const operation = String(operationId)
  const generates = operation === 'ai.generateText' || operation === 'ai.streamText'
  const settings = Object.fromEntries(
    Object.entries(event).filter(([name, value]) => value !== undefined && !OTHERS.has(name))
  )
  const keeps = event.recordInputs !== false
  return {
    kind: 'step',
    operation: generates ? 'invoke_agent' : 'invoke_workflow',
    ...namesOf(event),
    name: typeof functionId === 'string' ? functionId : operation,
    protocol: operation,
    client: { name: 'ai', ...(typeof aiVersion === 'string' && { version: aiVersion }) },
    settings: keeps ? settings : factsIn(settings),
    ...(keeps && { input: inputOf(event) }),
    ...(isObject(tools) && { toolNames: Object.keys(tools) })
  }
}

function inputOf(event: Fields): unknown {
  const { instructions, system, messages, prompt, value, text } = event
  if (value !== undefined) return value
  const several = SEVERAL.filter((name) => event[name] !== undefined)
  if (several.length > 0) return Object.fromEntries(several.map((name) => [name, event[name]]))
  const asked = messages ?? prompt ?? text
  const above = instructions ?? system
  return above === undefined ? asked : { instructions: above, messages: asked }
}

/** Reads the event that ends an operation: what the application gets of it. */
export function readStepOutput({ object, text, content }: Fields): CallResponse {
  const output = object ?? (text === '' ? content : text)
  return output === undefined ? {} : { output }
}
