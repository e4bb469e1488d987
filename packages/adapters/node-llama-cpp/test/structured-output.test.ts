import { testMethod } from '@slm-audit/testing/conformance'
import { EmptyChatWrapper, LlamaChatSession, LlamaCompletion } from 'node-llama-cpp'
import { expect } from 'vitest'
import { wrapLlamaChatSession, wrapLlamaCompletion } from '../src/index.ts'
import { useRuntime } from './runtime.ts'

const runtime = useRuntime()
const schema = { type: 'object', properties: { n: { enum: [1, 2] } } } as const
const text = '{\n    "n": 1\n}'
const held = async (maxTokens = 40) => ({
  grammar: await runtime().llama.createGrammarForJsonSchema(schema),
  temperature: 0,
  maxTokens
})

testMethod<LlamaChatSession>({
  name: 'chat session held to a JSON schema',
  create: async () =>
    new LlamaChatSession({
      contextSequence: await runtime().newSequence(),
      chatWrapper: new EmptyChatWrapper(),
      systemPrompt: ''
    }),
  wrap: wrapLlamaChatSession,
  scenarios: [
    {
      name: 'the answer comes whole',
      run: async (session) => session.prompt('Hi', await held()),
      folder: new URL('../fixtures/json-schema/', import.meta.url),
      check: ([call]) => {
        expect(call?.contents.output).toEqual({ text, parsed: { n: 1 } })
        expect(call?.contents.settings).toEqual({ grammar: { schema } })
      }
    },
    {
      name: 'the answer is cut off',
      run: async (session) => session.prompt('Hi', await held(4)),
      check: ([call]) => {
        expect(call?.contents.output).toBe('{')
        expect(call?.record.response?.details).toEqual({ matchesSchema: false })
      }
    },
    {
      name: 'a grammar that is not a schema',
      run: async (session) => {
        const grammar = await runtime().llama.getGrammarFor('json_arr')
        return session.prompt('Hi', { ...(await held()), grammar })
      },
      check: ([call]) => {
        expect(typeof call?.contents.output).toBe('string')
        expect(call?.record.response?.details).toBeUndefined()
        expect(call?.contents.settings).toMatchObject({ grammar: { root: 'root' } })
      }
    }
  ]
})

testMethod<LlamaCompletion>({
  name: 'completion held to a JSON schema',
  create: async () => new LlamaCompletion({ contextSequence: await runtime().newSequence() }),
  wrap: wrapLlamaCompletion,
  scenarios: [
    {
      name: 'the text comes whole',
      run: async (completion) => completion.generateCompletion('An audit', await held()),
      check: ([call]) => expect(call?.contents.output).toEqual({ text, parsed: { n: 1 } })
    }
  ]
})
