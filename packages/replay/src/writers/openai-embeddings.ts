import { flatAnswer, flatRequest } from './openai-body.ts'
import { objectsIn } from './parts.ts'
import type { Writer } from './writer.ts'

/** Embeddings of OpenAI and of all who speak the same. */
export const openaiEmbeddingsWriter: Writer = {
  framing: 'sse',
  path: () => '/embeddings',
  request: (request) => flatRequest(request, 'input'),
  answer(answer) {
    return { object: 'list', ...flatAnswer(answer, { data: objectsIn(answer.output) }) }
  }
}
