import { testMethod } from '@slm-audit/testing/conformance'
import { LlamaChatSession, type LlamaGrammar, QwenChatWrapper } from 'node-llama-cpp'
import { expect } from 'vitest'
import { wrapLlamaChatSession } from '../src/index.ts'
import { useRuntime } from './runtime.ts'

const runtime = useRuntime()

/** The runtime holds thoughts to the schema, too; the budget ends them after a few tokens. */
async function ask(session: LlamaChatSession, grammar: LlamaGrammar, maxTokens: number) {
  const budgets = { thoughtTokens: 3 }
  return session.prompt('Hi', { grammar, maxTokens, budgets, temperature: 0 })
}

testMethod<LlamaChatSession>({
  name: 'chat session that thinks, held to a JSON schema',
  create: async () =>
    new LlamaChatSession({
      contextSequence: await runtime().newSequence(),
      // Opens a thought with each answer, which wrappers of version 3.19 do not.
      chatWrapper: new QwenChatWrapper({ variation: '3.5' }),
      systemPrompt: ''
    }),
  wrap: wrapLlamaChatSession,
  scenarios: [
    {
      name: 'what is behind the thought is not a value',
      run: async (session) => {
        const schema = { type: 'object', properties: { n: { enum: [1] } } } as const
        return ask(session, await runtime().llama.createGrammarForJsonSchema(schema), 40)
      },
      check: ([call]) => {
        expect(call?.contents.reasoning).toContain('{')
        expect(call?.contents.output).toMatchObject([
          { segmentType: 'thought' },
          expect.stringContaining(': 1')
        ])
        expect(call?.record.response?.details).toEqual({ matchesSchema: false })
      }
    },
    {
      name: 'what is behind the thought is a value',
      run: async (session) => {
        const schema = { type: 'number' } as const
        return ask(session, await runtime().llama.createGrammarForJsonSchema(schema), 12)
      },
      check: ([call]) => {
        expect(call?.contents.output).toMatchObject({
          text: expect.stringMatching(/^\d+$/),
          parsed: expect.any(Number),
          segments: [{ segmentType: 'thought' }]
        })
      }
    }
  ]
})
