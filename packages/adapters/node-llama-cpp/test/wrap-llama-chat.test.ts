import { outcomeOf, testMethod } from '@slm-audit/testing/conformance'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import { type ChatHistoryItem, LlamaChat } from 'node-llama-cpp'
import { expect, test } from 'vitest'
import { wrapLlamaChat } from '../src/index.ts'
import { CallingWrapper, callsOf, newLog, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const greedy = { temperature: 0, maxTokens: 12 } as const
const functions = {
  look_up: { params: { type: 'object', properties: { n: { enum: [1, 2] } } } }
} as const
const history = (): ChatHistoryItem[] => [
  { type: 'user', text: tinyModelPrompt },
  { type: 'model', response: [] }
]

async function newChat() {
  const contextSequence = await runtime().newSequence()
  return new LlamaChat({ contextSequence, chatWrapper: new CallingWrapper() })
}

/** Answers until the second piece has come; by default the abort is an error. */
function stopped(chat: LlamaChat, stopOnAbortSignal: boolean) {
  const stop = new AbortController()
  const heard: unknown[] = []
  return outcomeOf(async () => {
    const answer = await chat.generateResponse(history(), {
      ...greedy,
      signal: stop.signal,
      stopOnAbortSignal,
      onResponseChunk: ({ text }) => {
        if (heard.push(text) === 2) stop.abort(new Error('enough'))
      }
    })
    return [answer, heard]
  })
}

testMethod<LlamaChat>({
  name: 'chat',
  create: newChat,
  wrap: wrapLlamaChat,
  scenarios: [
    {
      name: 'generateResponse',
      run: (chat) => chat.generateResponse(history(), greedy),
      folder: new URL('../fixtures/response/', import.meta.url)
    },
    {
      name: 'the answer calls a function',
      run: async (chat) => {
        const called: unknown[] = []
        const onFunctionCall = (call: unknown) => called.push(call)
        const options = { ...greedy, maxTokens: 40, functions, onFunctionCall }
        return [await chat.generateResponse(history(), options), called]
      },
      check: ([call]) => {
        expect(call?.record.response).toMatchObject({
          finishReasons: ['functionCalls'],
          toolCalls: [{ name: 'look_up' }]
        })
        expect(call?.record.call?.tools).toEqual(['look_up'])
        expect(call?.contents.output).toMatchObject([
          ' log',
          { type: 'functionCall', name: 'look_up', params: { n: 1 } }
        ])
      }
    },
    {
      name: 'stream: the signal aborts, which is an error',
      run: (chat) => stopped(chat, false),
      check: ([call]) => {
        expect(call?.record).toMatchObject({ stage: 'cancelled', outcome: { by: 'signal' } })
        expect(String(call?.contents.output)).toContain('keeps')
      }
    },
    {
      name: 'stream: the signal aborts, which ends the answer',
      run: (chat) => stopped(chat, true),
      check: ([call]) => {
        expect(call?.record).toMatchObject({ stage: 'cancelled', outcome: { by: 'signal' } })
        expect(call?.record.response?.finishReasons).toEqual(['abort'])
      }
    },
    {
      name: 'loadChatAndCompleteUserMessage',
      run: (chat) =>
        chat.loadChatAndCompleteUserMessage([], { ...greedy, initialUserPrompt: 'An audit' }),
      check: ([call]) => {
        expect(call?.record.call).toMatchObject({ operation: 'text_completion' })
        expect(call?.contents.settings).toEqual({ initialUserPrompt: 'An audit' })
        expect(call?.contents.output).toContain('keeps')
      }
    }
  ]
})

test('a function that the application runs is recorded below the answer that called it', async () => {
  const { log, journal } = newLog()
  const chat = wrapLlamaChat(await newChat(), log)
  await log.step('agent', async () => {
    const { functionCalls } = await chat.generateResponse(history(), {
      ...greedy,
      maxTokens: 40,
      functions
    })
    for (const { functionName, params } of functionCalls ?? []) {
      log.tool(functionName, () => 'done', { input: params })
    }
  })
  const [, answer, tool] = await callsOf(log, journal)
  expect(tool?.record).toMatchObject({ kind: 'tool', parent: answer?.auditId })
})
