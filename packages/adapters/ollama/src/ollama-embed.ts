import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  pickDetails,
  readError,
  textMember,
  workerModule
} from '@slm-audit/core/adapter'
import { readCounts } from './read-counts.ts'

/**
 * Embeddings (`POST /api/embed`, and the older `/api/embeddings`): the texts are the input, the
 * vectors the output.
 *
 * Source: Ollama API documentation, "Generate Embeddings".
 */
export const ollamaEmbed: Protocol = {
  name: 'ollama.embed',
  matches: ({ pathname }, method) => method === 'POST' && /\/api\/embed(dings)?$/.test(pathname),
  readRequest(body) {
    const known = { operation: 'embeddings', provider: 'ollama' }
    if (!isObject(body)) return { ...known, input: body }
    const { model, input, prompt, ...settings } = body
    return { ...known, ...textMember('model', model), input: input ?? prompt, settings }
  },
  ...nonStreaming(read),
  workerModule: workerModule(
    () => ollamaEmbed,
    () => import.meta.resolve('@slm-audit/ollama')
  )
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const output = value.embeddings ?? value.embedding
  const usage = readCounts(value)
  const error = readError(value.error)
  return {
    ...textMember('model', value.model),
    ...(output !== undefined && { output }),
    ...(usage && { usage }),
    ...pickDetails(value, ['total_duration', 'load_duration']),
    ...(error && { error })
  }
}
