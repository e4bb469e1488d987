/** How many chunks a stream has. */
const CHUNKS = 300

const base = { id: 'c-1', model: 'm', created: 1 }
const usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 }
const message = { role: 'assistant', content: 'Rain in Rome and snow in Oslo, as always.' }
const whole = { ...base, choices: [{ index: 0, message, finish_reason: 'stop' }], usage }

/** An engine with WebLLM's interface that answers chats from memory. */
export interface CannedEngine {
  chatCompletion(request: {
    readonly messages: readonly object[]
    stream?: boolean
  }): Promise<unknown>
  completion(): Promise<unknown>
  embedding(): Promise<unknown>
}

/** Makes a canned engine. */
export function cannedEngine(): CannedEngine {
  return {
    chatCompletion: async ({ stream }) => (stream ? chunks() : whole),
    completion: async () => ({}),
    embedding: async () => ({})
  }
}

async function* chunks(): AsyncGenerator<object> {
  for (let at = 0; at < CHUNKS; at++) {
    const delta = { role: 'assistant', content: ' rain' }
    yield { ...base, choices: [{ index: 0, delta, finish_reason: null }] }
  }
  yield { ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
}
