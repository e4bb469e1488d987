import { outcomeOf, testMethod } from '@slm-audit/testing/conformance'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import { defineChatSessionFunction, LlamaChatSession } from 'node-llama-cpp'
import { expect, test } from 'vitest'
import { wrapLlamaChatSession } from '../src/index.ts'
import { CallingWrapper, callsOf, newLog, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const params = { type: 'object', properties: { n: { enum: [1, 2] } } } as const
const greedy = { temperature: 0, maxTokens: 60, documentFunctionParams: false } as const

async function newSession() {
  const contextSequence = await runtime().newSequence()
  const chatWrapper = new CallingWrapper()
  return new LlamaChatSession({ contextSequence, chatWrapper, systemPrompt: '' })
}

/** A function whose result changes what the model talks about. */
const lookUp = (handler: (params: unknown) => unknown) =>
  Object.freeze({ look_up: Object.freeze(defineChatSessionFunction({ params, handler })) })

const answers = lookUp(() => 'Can a person be erased?')

testMethod<LlamaChatSession>({
  name: 'chat session with functions',
  create: newSession,
  wrap: wrapLlamaChatSession,
  scenarios: [
    {
      name: 'without a call',
      run: (session) => session.prompt('Hi', { ...greedy, maxTokens: 3, functions: answers }),
      check: (calls) => expect(calls).toHaveLength(1)
    },
    {
      name: 'the model calls a function',
      run: (session) => session.promptWithMeta(tinyModelPrompt, { ...greedy, functions: answers }),
      folder: new URL('../fixtures/functions/', import.meta.url),
      check: ([call, tool, ...others]) => {
        expect(others).toEqual([])
        expect(tool?.record).toMatchObject({
          kind: 'tool',
          stage: 'complete',
          parent: call?.auditId,
          call: { operation: 'execute_tool', name: 'look_up' }
        })
        expect(tool?.contents).toMatchObject({ input: { n: 1 }, output: 'Can a person be erased?' })
      }
    },
    {
      name: 'parameters are listened to',
      run: async (session) => {
        const heard: unknown[] = []
        const answer = await session.prompt(tinyModelPrompt, {
          ...greedy,
          functions: lookUp(async () => ({ about: 'erasure' })),
          onFunctionCallParamsChunk: (chunk) => heard.push(chunk)
        })
        return [answer, heard]
      },
      check: ([call, tool]) => {
        expect(call?.record.call?.stream).toBe(true)
        expect(tool?.contents.output).toEqual({ about: 'erasure' })
      }
    },
    {
      name: 'the function fails',
      run: (session) =>
        session.prompt(tinyModelPrompt, {
          ...greedy,
          functions: lookUp(() => {
            throw new RangeError('no such record')
          })
        }),
      check: ([call, tool]) => {
        expect([call?.stage, tool?.stage]).toEqual(['error', 'error'])
        expect(call?.record.response?.toolCalls).toEqual([{ name: 'look_up' }])
      }
    },
    {
      name: 'the signal aborts while the function runs',
      run: (session) => {
        const stop = new AbortController()
        const functions = lookUp(() => stop.abort(new Error('enough')))
        const { signal } = stop
        return outcomeOf(() => session.prompt(tinyModelPrompt, { ...greedy, functions, signal }))
      },
      check: ([call, tool]) => {
        expect(call?.record).toMatchObject({ stage: 'cancelled', outcome: { by: 'signal' } })
        expect(tool?.stage).toBe('complete')
      }
    }
  ]
})

test('an error of a function is the very error, and the function keeps its object', async () => {
  const { log, journal } = newLog('blocking-strict')
  const session = wrapLlamaChatSession(await newSession(), log)
  const error = new Error('in the function')
  class Failing {
    readonly params = params
    handler(): never {
      seen = this
      throw error
    }
  }
  let seen: unknown
  const failing = new Failing()
  const functions = { look_up: failing }
  await expect(session.prompt(tinyModelPrompt, { ...greedy, functions })).rejects.toBe(error)
  expect(seen).toBe(failing)
  expect((await callsOf(log, journal)).map(({ stage }) => stage)).toEqual(['error', 'error'])
})
