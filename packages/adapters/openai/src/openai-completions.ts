import type { Protocol } from '@slm-audit/core/adapter'
import { type ChoicesFold, finishChoices, startChoices } from './choices-fold.ts'
import { readRefusal } from './compatible.ts'
import { stepCompletion } from './completion-fold.ts'
import { readCompletion } from './read-completion.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'
import { workerModuleOf } from './worker-module.ts'

/**
 * Text completions (`POST …/completions`), of OpenAI and of every server that speaks the same: plain
 * and streamed, all choices, per-token probabilities, usage.
 *
 * Source: type definitions of the openai package, 7.59 (`resources/completions`).
 */
export const openaiCompletions: Protocol<ChoicesFold> = {
  name: 'openai.completions',
  framing: 'sse',
  matches: ({ pathname }, method) =>
    method === 'POST' &&
    pathname.endsWith('/completions') &&
    !pathname.endsWith('/chat/completions'),
  readRequest: (body, url) => readRequest('text_completion', ['prompt', 'suffix'], body, url),
  readResponse: readCompletion,
  readRefusal,
  throwsAt,
  start: startChoices,
  step: stepCompletion,
  finish: (fold) => readCompletion(finishChoices(fold)),
  workerModule: workerModuleOf(() => openaiCompletions)
}
