import { type CallRequest, isObject } from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** What the SDK says of a model. */
export interface ModelInfo {
  readonly provider?: unknown
  readonly modelId?: unknown
}

/** Members of a call's parameters that are not settings. */
const NO_SETTINGS = new Set([
  'prompt',
  'messages',
  'instructions',
  'tools',
  'abortSignal',
  'headers',
  'includeRawChunks'
])

/** Reads the parameters of a model call: as the provider gets them (middleware) or as events say. */
export function readModelRequest(model: ModelInfo, params: Fields, stream?: boolean): CallRequest {
  const { tools, prompt, messages, instructions } = params
  const asked = prompt ?? messages
  const input = instructions === undefined ? asked : { instructions, messages: asked }
  return {
    operation: 'chat',
    ...namesOf(model),
    protocol: 'ai-sdk.language-model',
    input,
    settings: settingsOf(params),
    ...(stream !== undefined && { stream }),
    ...(tools !== undefined && { tools, toolNames: toolNames(tools) })
  }
}

/** Reads the parameters of an embedding call. */
export function readEmbeddingRequest(model: ModelInfo, params: Fields): CallRequest {
  const { values, abortSignal: _signal, headers: _headers, ...settings } = params
  return {
    operation: 'embeddings',
    ...namesOf(model),
    protocol: 'ai-sdk.embedding-model',
    input: values,
    settings: settingsOf(settings)
  }
}

/** Provider and model as the SDK names them. */
export function namesOf({ provider, modelId }: ModelInfo): { provider: string; model?: string } {
  return {
    provider: typeof provider === 'string' ? provider : 'unknown',
    ...(typeof modelId === 'string' && { model: modelId })
  }
}

/** What was sent besides messages and tools. */
function settingsOf(params: Fields): Fields {
  const sent = Object.entries(params).filter(
    ([name, value]) => value !== undefined && !NO_SETTINGS.has(name)
  )
  return Object.fromEntries(sent)
}

function toolNames(tools: unknown): string[] {
  const list = Array.isArray(tools) ? tools : []
  return list.flatMap((tool) =>
    isObject(tool) && typeof tool.name === 'string' ? [tool.name] : []
  )
}
