import { outcomeOf, testMethod } from '@slm-audit/testing/conformance'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import type { LlamaEmbeddingContext } from 'node-llama-cpp'
import { expect } from 'vitest'
import { wrapLlamaEmbeddingContext } from '../src/index.ts'
import { small, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const tokens = () => runtime().model.tokenize('An audit log')

testMethod<LlamaEmbeddingContext>({
  name: 'embedding context',
  create: () => runtime().model.createEmbeddingContext(small),
  wrap: wrapLlamaEmbeddingContext,
  scenarios: [
    {
      name: 'a text',
      run: (context) => context.getEmbeddingFor(tinyModelPrompt),
      folder: new URL('../fixtures/embedding/', import.meta.url)
    },
    {
      name: 'tokens',
      run: async (context) => (await context.getEmbeddingFor(tokens())).vector,
      check: ([call]) => {
        expect(call?.contents.input).toEqual({ text: 'An audit log', tokens: tokens() })
        expect(call?.record.response?.usage).toEqual({ inputTokens: tokens().length })
      }
    },
    {
      name: 'no text: no vector, no tokens',
      run: (context) => context.getEmbeddingFor(''),
      check: ([call]) => {
        expect(call?.contents.output).toEqual([])
        expect(call?.record.response?.usage).toBeUndefined()
      }
    },
    {
      name: 'two texts at once',
      run: (context) =>
        Promise.all(
          ['What is recorded?', 'Can a person be erased?'].map(async (text) => {
            const { vector } = await context.getEmbeddingFor(text)
            return vector
          })
        ),
      check: (calls) => {
        expect(calls.map(({ contents }) => contents.input)).toEqual([
          'What is recorded?',
          'Can a person be erased?'
        ])
        const counts = calls.map(({ contents }) => runtime().model.tokenize(String(contents.input)))
        expect(calls.map(({ record }) => record.response?.usage?.inputTokens)).toEqual(
          counts.map(({ length }) => length)
        )
      }
    },
    {
      name: 'a text longer than the context',
      run: (context) => outcomeOf(() => context.getEmbeddingFor('x '.repeat(1000))),
      check: ([call]) => expect(call?.stage).toBe('error')
    }
  ]
})
