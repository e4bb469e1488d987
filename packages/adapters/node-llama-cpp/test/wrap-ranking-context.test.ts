import { outcomeOf, testMethod } from '@slm-audit/testing/conformance'
import type { LlamaModel, LlamaRankingContext } from 'node-llama-cpp'
import { expect } from 'vitest'
import { wrapLlamaRankingContext } from '../src/index.ts'
import { small, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const query = 'Can a person be erased?'
const documents = [
  'An audit log keeps every prompt.',
  'The content of one person can be erased.',
  'Every record is a leaf of a Merkle tree.',
  'An audit log keeps every prompt.'
]
let ranker: Promise<LlamaModel> | undefined

testMethod<LlamaRankingContext>({
  name: 'ranking context',
  create: async () => {
    ranker ??= runtime().llama.loadModel({ modelPath: runtime().ranker })
    return (await ranker).createRankingContext(small)
  },
  wrap: wrapLlamaRankingContext,
  scenarios: [
    {
      name: 'rankAndSort: scores are labelled by places in the input',
      run: (context) => context.rankAndSort(query, documents),
      folder: new URL('../fixtures/ranking/', import.meta.url),
      check: ([call]) =>
        expect(call?.record.confidence?.scores?.map(({ label }) => label)).toEqual([
          '1',
          '2',
          '0',
          '3'
        ])
    },
    {
      name: 'rankAll',
      run: (context) => context.rankAll(query, Object.freeze(documents) as string[]),
      check: (calls) => {
        expect(calls).toHaveLength(1)
        const scores = calls[0]?.record.confidence?.scores?.map(({ score }) => score)
        expect(scores).toEqual(calls[0]?.contents.output)
      }
    },
    {
      name: 'rank, with options',
      run: (context) => context.rank(query, documents[1] ?? '', { onOverflow: 'maxChunk' }),
      check: ([call]) => {
        expect(call?.contents.input).toEqual({ query, document: documents[1] })
        expect(call?.record.call?.settings).toEqual({ onOverflow: 'maxChunk' })
        expect(call?.record.response?.usage?.inputTokens).toBeGreaterThan(10)
      }
    },
    {
      name: 'no documents',
      run: (context) => context.rankAll(query, []),
      check: ([call]) => expect(call?.contents.output).toEqual([])
    },
    {
      name: 'a document longer than the context',
      run: (context) => outcomeOf(() => context.rank(query, 'x '.repeat(1000))),
      check: ([call]) => expect(call?.stage).toBe('error')
    }
  ]
})
