import { collect, testValues } from '@slm-audit/testing/conformance'
import { wrapWebLLM } from '../src/index.ts'
import { cannedEngine } from './canned-engine.ts'

const usage = {
  prompt_tokens: 9_001,
  completion_tokens: 9_002,
  total_tokens: 18_003,
  extra: { prefill_tokens_per_s: 101.5, decode_tokens_per_s: 33.25 }
}
const base = {
  id: 'chatcmpl-1',
  model: 'tiny-1',
  created: 1_700_000_001,
  system_fingerprint: 'fp1'
}
const tool = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"a":1}' } }
const message = { role: 'assistant', content: 'Rain in Ulm.', tool_calls: [tool] }

testValues({
  name: 'web-llm: a chat',
  given: [{ ...base, choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage }],
  play(log, [given]) {
    const engine = { ...cannedEngine(), chatCompletion: async (_request: never) => given }
    return wrapWebLLM(engine, log).chatCompletion({ messages: [] } as never)
  }
})

const piece = (delta: object, finish_reason: string | null = null) => ({
  ...base,
  choices: [{ index: 0, delta, finish_reason }]
})

testValues({
  name: 'web-llm: a streamed chat',
  given: [
    piece({ role: 'assistant', content: 'Rain in ' }),
    piece({ content: 'Ulm.' }),
    piece({ tool_calls: [{ index: 0, ...tool }] }),
    piece({}, 'tool_calls'),
    { ...base, choices: [], usage }
  ],
  isStream: true,
  async play(log, chunks) {
    async function* stream() {
      yield* chunks
    }
    const engine = { ...cannedEngine(), chatCompletion: async (_request: never) => stream() }
    await collect(await wrapWebLLM(engine, log).chatCompletion({ stream: true } as never))
  }
})
