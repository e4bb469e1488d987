import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AuditedCall, textOf } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import { type ClientScenario, collect, outcomeOf } from '@slm-audit/testing/conformance'
import type { Ollama } from 'ollama'
import { expect } from 'vitest'

type Scenario = ClientScenario<Ollama>

const messages = [{ role: 'user', content: 'hi' }]
const model = 'qwen3:0.6b'

const recorded = (name: string): Answer => ({
  chunks: [readFileSync(new URL(`../fixtures/${name}/response.json`, import.meta.url))]
})
const lines = String(
  readFileSync(new URL('../fixtures/chat-streamed/chunks.ndjson', import.meta.url))
).split(/(?<=\n)/)
const ndjson = { 'content-type': 'application/x-ndjson' }

const facts = (calls: readonly AuditedCall[]) =>
  calls.map(({ stage, record, contents }) => [
    stage,
    record.call?.operation,
    record.outcome?.by,
    textOf(contents.output).split('\n')[0]
  ])

/** What applications do with this client alone. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'the stream goes on after done, where the client stops reading',
    answers: [{ headers: ndjson, chunks: lines, after: 'hang' }],
    leavesOpen: true,
    async run(client) {
      return collect(await client.chat({ model, messages, stream: true }))
    },
    check: (calls) =>
      expect(facts(calls)).toEqual([['complete', 'chat', undefined, 'I will look 😀.']])
  },
  {
    name: 'the last line comes in pieces',
    answers: [
      {
        headers: ndjson,
        chunks: [...lines.slice(0, -1), ...(lines.at(-1) ?? '').split(/(?=,)/)],
        pauseMs: 1,
        after: 'hang'
      }
    ],
    leavesOpen: true,
    async run(client) {
      return collect(await client.chat({ model, messages, stream: true }))
    },
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'chat', undefined, 'I will look 😀.']])
      expect(calls[0]?.record.response?.usage?.outputTokens).toBe(9)
    }
  },
  {
    name: '.abort() of the client ends all streams',
    answers: [{ headers: ndjson, chunks: lines.slice(0, 4), after: 'hang' }],
    async run(client) {
      const ask = async () => {
        const seen: unknown[] = []
        const answer = await client.chat({ model, messages, stream: true })
        const outcome = await outcomeOf(async () => {
          for await (const part of answer) if (seen.push(part) === 4) break
          await sleep(1)
          client.abort()
          return collect(answer)
        })
        return [seen, outcome]
      }
      return ask()
    },
    check: (calls) =>
      expect(facts(calls)).toEqual([['cancelled', 'chat', 'consumer', 'I will look 😀.']])
  },
  {
    name: '.abort() of a stream',
    answers: [{ headers: ndjson, chunks: lines.slice(0, 4), after: 'hang' }],
    async run(client) {
      const seen: unknown[] = []
      const answer = await client.chat({ model, messages, stream: true })
      const outcome = await outcomeOf(async () => {
        for await (const part of answer) if (seen.push(part) === 4) client.abort()
      })
      return [answer.constructor.name, seen, outcome]
    },
    check: (calls) =>
      expect(facts(calls)).toEqual([['cancelled', 'chat', 'signal', 'I will look 😀.']])
  },
  {
    name: 'an error in mid-stream',
    answers: [
      { headers: ndjson, chunks: [...lines.slice(0, 4), '{"error":"the model ran into a wall"}\n'] }
    ],
    run: (client) =>
      outcomeOf(async () => collect(await client.chat({ model, messages, stream: true }))),
    check(calls) {
      expect(facts(calls)).toEqual([['error', 'chat', undefined, 'I will look 😀.']])
      expect(calls[0]?.contents.error).toBe('the model ran into a wall')
    }
  },
  {
    name: 'generate, with an image as bytes',
    answers: [recorded('generate')],
    run: (client) => client.generate({ model, prompt: 'What?', images: [Uint8Array.of(1, 2, 3)] }),
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'text_completion', undefined, '{"dot":"red"}']])
      expect(calls[0]?.contents.input).toMatchObject({ images: [{ media: { bytes: 3 } }] })
    }
  },
  {
    name: 'embed and embeddings',
    answers: [recorded('embed'), recorded('embeddings')],
    async run(client) {
      return [
        await client.embed({ model, input: ['a', 'b'] }),
        await client.embeddings({ model, prompt: 'a' })
      ]
    },
    check(calls) {
      expect(facts(calls).map(([stage, operation]) => [stage, operation])).toEqual([
        ['complete', 'embeddings'],
        ['complete', 'embeddings']
      ])
    }
  },
  {
    name: 'pulling with progress, listing and showing are not calls',
    answers: [
      { headers: ndjson, chunks: ['{"status":"pulling"}\n', '{"status":"success"}\n'] },
      { chunks: ['{"models":[]}'] }
    ],
    async run(client) {
      const progress = await collect(await client.pull({ model, stream: true }))
      return [progress, await client.list(), await client.show({ model })]
    },
    check: (calls) => expect(calls).toEqual([])
  }
]
