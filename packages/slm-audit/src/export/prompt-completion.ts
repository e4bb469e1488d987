import { dataSet } from './data-set.ts'
import { openaiAnswer, toOpenai } from './openai-chat.ts'

/** `{"prompt": […], "completion": […]}`: TRL, and evaluation sets with a reference answer. */
export const promptCompletion = dataSet(
  'prompt-completion',
  'prompt and reference answer as messages, for TRL and evaluations',
  (conversation, options) => ({
    prompt: conversation.prompt.map(toOpenai),
    completion: [openaiAnswer(conversation, options)],
    ...(conversation.tools && { tools: conversation.tools })
  })
)
