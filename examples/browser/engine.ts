// Stands in for WebLLM's engine, which downloads a model. Yours is
// `await CreateMLCEngine('Qwen3-0.6B-q4f16_1-MLC')`, with the same methods.
const words = ['Refunds ', 'take ', 'five days.']

interface Question {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly stream: true
}

interface Chunk {
  readonly choices: readonly {
    readonly index: number
    readonly delta: { readonly content?: string }
    readonly finish_reason?: string
  }[]
}

async function* answer(): AsyncGenerator<Chunk> {
  for (const content of words) yield { choices: [{ index: 0, delta: { content } }] }
  yield { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
}

export const engine = {
  chatCompletion: async (_question: Question) => answer(),
  completion: async () => ({}),
  embedding: async () => ({}),
  chat: { completions: { create: (question: Question) => engine.chatCompletion(question) } }
}
