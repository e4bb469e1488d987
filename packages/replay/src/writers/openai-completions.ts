import { flatAnswer, flatRequest } from './openai-body.ts'
import { chatLogprobs, completionLogprobs } from './openai-logprobs.ts'
import { objectsIn, piecesOf, present, seconds } from './parts.ts'
import type { Fields, KeptAnswer, Writer, WrittenEvent } from './writer.ts'

/** Text completions of OpenAI and of all who speak the same. */
export const openaiCompletionsWriter: Writer = {
  framing: 'sse',
  path: () => '/completions',
  request: (request) => flatRequest(request, 'prompt', ['suffix']),
  answer(answer) {
    const { output, logprobs } = answer
    const [first, ...others] = objectsIn(output)
    const choices = first && [{ ...first, logprobs: logprobsOf(logprobs) }, ...others]
    const object = { object: 'text_completion', created: seconds(answer.at) }
    return { ...object, ...flatAnswer(answer, present({ choices })) }
  },
  events(body, answer) {
    const { choices, usage, ...head } = body
    const chunk = (members: Fields): WrittenEvent => ({ data: { ...head, ...members } })
    return [
      ...objectsIn(choices).flatMap((choice) =>
        choiceEvents(choice).map((piece) => chunk({ choices: [piece] }))
      ),
      ...(usage === undefined ? [] : [chunk({ choices: [], usage })]),
      ...(answer.isCut ? [] : [{ data: '[DONE]' }])
    ]
  }
}

/** llama.cpp numbers its tokens, and lists them as chats do. */
function logprobsOf(logprobs: KeptAnswer['logprobs']): Fields | null {
  if (logprobs.length === 0) return null
  const isNumbered = logprobs.some(({ id }) => id !== undefined)
  return isNumbered ? chatLogprobs(logprobs) : completionLogprobs(logprobs)
}

function choiceEvents(choice: Fields): Fields[] {
  const { text, finish_reason = null, ...more } = choice
  const { index = 0 } = choice
  const pieces = typeof text === 'string' ? piecesOf(text) : []
  return [
    ...pieces.map((piece) => ({ index, text: piece, logprobs: null, finish_reason: null })),
    { ...more, index, text: '', finish_reason }
  ]
}
