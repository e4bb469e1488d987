import type { Protocol } from '@slm-audit/core/adapter'
import { atMistral, workerModuleOf } from './at-mistral.ts'
import { type CompletionFold, finishCompletion, stepCompletion } from './completion-fold.ts'
import { readCompletion } from './read-completion.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'

/**
 * Fill-in-the-middle (`POST /v1/fim/completions`), plain and streamed: prompt and suffix are the input.
 *
 * Source: Mistral API reference, "FIM".
 */
export const mistralFim: Protocol<CompletionFold> = {
  name: 'mistral.fim',
  framing: 'sse',
  matches: atMistral(/\/fim\/completions$/),
  readRequest: (body, url) => readRequest('text_completion', ['prompt', 'suffix'], body, url),
  readResponse: readCompletion,
  throwsAt,
  start: () => ({}),
  step: stepCompletion,
  finish: (fold) => readCompletion(finishCompletion(fold)),
  workerModule: workerModuleOf(() => mistralFim)
}
