import { outcomeOf, testMethod } from '@slm-audit/testing/conformance'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import { EmptyChatWrapper, LlamaChatSession, LlamaCompletion } from 'node-llama-cpp'
import { expect } from 'vitest'
import { wrapLlamaChatSession, wrapLlamaCompletion } from '../src/index.ts'
import { useRuntime } from './runtime.ts'

const runtime = useRuntime()
const greedy = { temperature: 0, maxTokens: 12 } as const

/** Asks with a callback that stops the answer after two pieces. */
async function stopped(
  run: (options: {
    readonly signal: AbortSignal
    readonly onTextChunk: (text: string) => void
  }) => Promise<string>
) {
  const stop = new AbortController()
  const heard: string[] = []
  const outcome = await outcomeOf(() =>
    run({
      signal: stop.signal,
      onTextChunk: (text) => {
        if (heard.push(text) === 2) stop.abort(new Error('enough'))
      }
    })
  )
  return { heard, outcome }
}

testMethod<LlamaChatSession>({
  name: 'chat session',
  create: async () =>
    new LlamaChatSession({
      contextSequence: await runtime().newSequence(),
      chatWrapper: new EmptyChatWrapper()
    }),
  wrap: wrapLlamaChatSession,
  scenarios: [
    {
      name: 'prompt',
      run: async (session) => [
        await session.prompt(tinyModelPrompt, greedy),
        session.getChatHistory()
      ],
      check: ([call]) => expect(call?.stage).toBe('complete')
    },
    {
      name: 'frozen options',
      run: (session) => session.prompt(tinyModelPrompt, Object.freeze({ ...greedy })),
      check: ([call]) => expect(call?.stage).toBe('complete')
    },
    {
      name: 'stream: the signal aborts after two chunks',
      run: (session) =>
        stopped((options) => session.prompt(tinyModelPrompt, { ...greedy, ...options })),
      check: ([call]) =>
        expect([call?.stage, call?.record.outcome?.by]).toEqual(['cancelled', 'signal'])
    },
    {
      name: 'two prompts at once',
      run: (session) =>
        Promise.all([
          session.prompt(tinyModelPrompt, greedy),
          session.prompt('Can a person be erased?', greedy)
        ]),
      check: (calls) => expect(calls.map(({ stage }) => stage)).toEqual(['complete', 'complete'])
    }
  ]
})

testMethod<LlamaCompletion>({
  name: 'completion',
  create: async () => new LlamaCompletion({ contextSequence: await runtime().newSequence() }),
  wrap: wrapLlamaCompletion,
  scenarios: [
    {
      name: 'prompt',
      run: (completion) => completion.generateCompletion('An audit', greedy),
      folder: new URL('../fixtures/completion/', import.meta.url),
      check: ([call]) => expect(call?.stage).toBe('complete')
    },
    {
      name: 'stream: the signal aborts after two chunks',
      run: (completion) =>
        stopped((options) => completion.generateCompletion('An audit', { ...greedy, ...options })),
      check: ([call]) => expect(call?.stage).toBe('cancelled')
    }
  ]
})
