import {
  type CallRequest,
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  readError
} from '@slm-audit/core/adapter'
import { readPath, readTarget, readTools } from './model-path.ts'
import { workerModuleOf } from './worker-module.ts'

const METHODS = new Set(['countTokens', 'computeTokens'])

/**
 * Token counting (`POST …/models/{model}:countTokens`, on Vertex AI also `:computeTokens`): the count is the usage; nothing is generated.
 *
 * Source: Gemini API reference, "Counting tokens"; Vertex AI, "CountTokens".
 */
export const geminiTokens: Protocol = {
  name: 'google.count_tokens',
  matches: (url, method) => method === 'POST' && METHODS.has(readPath(url)?.method ?? ''),
  readRequest,
  ...nonStreaming(readCount),
  workerModule: workerModuleOf(() => geminiTokens)
}

function readRequest(body: unknown, url: URL): CallRequest {
  const target = readTarget('count_tokens', url)
  const asked = isObject(body) ? (body.generateContentRequest ?? body) : body
  if (!isObject(asked)) return { ...target, input: asked }
  const { contents, systemInstruction, tools, model: _model, ...settings } = asked
  return {
    ...target,
    input: systemInstruction === undefined ? contents : { systemInstruction, contents },
    settings,
    ...readTools(tools)
  }
}

/** The total is that of the prompt, which is all there is. */
function readCount(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { totalTokens } = value
  const error = readError(value.error)
  return {
    output: value,
    ...(typeof totalTokens === 'number' && {
      usage: { inputTokens: totalTokens, totalTokens, raw: value }
    }),
    ...(error && { error })
  }
}
