import { readFileSync } from 'node:fs'
import type { Mistral } from '@mistralai/mistralai'
import { type AuditedCall, textOf } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import { type ClientScenario, collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'

type Scenario = ClientScenario<Mistral>

/** A folder of fixtures. */
export const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

/** What the scenarios ask. */
export const messages = [{ role: 'user' as const, content: 'The weather in Rome and Oslo?' }]
/** The same, with a model. */
export const params = { model: 'magistral-medium-latest', messages, temperature: 0.2 }

/** The words of the answer, without its thinking. */
export function textOfOutput(output: unknown): string {
  const [first] = output as { message?: { content?: string | { text?: string }[] } }[]
  const content = first?.message?.content ?? ''
  if (typeof content === 'string') return content
  return content.map(({ text = '' }) => text).join('')
}

const recorded = (name: string, file: string, type: string): Answer => ({
  headers: { 'content-type': type },
  chunks: [readFileSync(new URL(file, fixture(name)))]
})
const json = (name: string) => recorded(name, 'response.json', 'application/json')
const events = (name: string) => recorded(name, 'chunks.txt', 'text/event-stream')
/** The first chunks of the stream: two pieces of thinking, two of text. */
const beginning = String(events('streamed').chunks?.[0])
  .split(/(?<=\n\n)/)
  .slice(0, 5)

const oneOf = (operation: string, words: string) => (calls: AuditedCall[]) => {
  expect(calls.map(({ stage, record }) => [stage, record.call?.operation])).toEqual([
    ['complete', operation]
  ])
  expect(textOf(calls[0]?.contents.output)).toContain(words)
}

/** What applications do with this client alone. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'agents.complete()',
    answers: [json('agent')],
    run: (client) => client.agents.complete({ agentId: 'ag_1', messages }),
    check: oneOf('chat', 'Hello.')
  },
  {
    name: 'fim.complete()',
    answers: [json('fim')],
    run: (client) => client.fim.complete({ model: 'codestral-latest', prompt: 'def', suffix: 'x' }),
    check(calls) {
      oneOf('text_completion', 'return a + b')(calls)
      expect(calls[0]?.contents.input).toEqual({ prompt: 'def', suffix: 'x' })
    }
  },
  {
    name: 'fim.stream()',
    answers: [events('fim-streamed')],
    run: async (client) =>
      collect(await client.fim.stream({ model: 'codestral-latest', prompt: 'def' })),
    check: oneOf('text_completion', 'return a + b')
  },
  {
    name: 'embeddings.create()',
    answers: [json('embeddings')],
    run: (client) => client.embeddings.create({ model: 'mistral-embed', inputs: ['a', 'b'] }),
    check(calls) {
      oneOf('embeddings', '')(calls)
      expect(calls[0]?.record.response?.usage?.inputTokens).toBe(6)
    }
  },
  {
    name: 'classifiers.moderateChat()',
    answers: [json('moderations')],
    run: (client) =>
      client.classifiers.moderateChat({ model: 'mistral-moderation-latest', inputs: messages }),
    check(calls) {
      oneOf('moderation', '')(calls)
      expect(calls[0]?.record.confidence?.scores).toContainEqual({
        label: 'hate_and_discrimination',
        score: 0.91
      })
    }
  },
  {
    name: 'beta.conversations: start, then appendStream',
    answers: [json('conversation'), events('conversation-streamed')],
    async run(client) {
      const inputs = 'The weather in Rome?'
      const { conversationId } = await client.beta.conversations.start({ agentId: 'ag_1', inputs })
      const conversationAppendStreamRequest = { inputs: 'And in Oslo?' }
      const answer = await client.beta.conversations.appendStream({
        conversationId,
        conversationAppendStreamRequest
      })
      return collect(answer)
    },
    check(calls) {
      expect(calls.map(({ stage, contents }) => [stage, contents.input])).toEqual([
        ['complete', 'The weather in Rome?'],
        ['complete', 'And in Oslo?']
      ])
      expect(calls[1]?.record.context?.conversation).toBe('conv_1')
    }
  },
  {
    name: 'ocr.process()',
    answers: [json('ocr')],
    run: (client) =>
      client.ocr.process({
        model: 'mistral-ocr-latest',
        document: { type: 'document_url', documentUrl: 'https://a.example/a.pdf' }
      }),
    check(calls) {
      oneOf('ocr', '# A page')(calls)
      expect(calls[0]?.record.confidence?.scores).toEqual([{ label: 'page:0', score: 0.97 }])
    }
  },
  {
    name: 'audio.transcriptions.complete(), then stream()',
    answers: [json('transcription'), events('transcription-streamed')],
    async run(client) {
      const file = { fileName: 'a.wav', content: new Uint8Array([82, 73, 70, 70, 1, 2]) }
      const model = 'voxtral-mini-latest'
      const whole = await client.audio.transcriptions.complete({ model, file })
      return [whole, await collect(await client.audio.transcriptions.stream({ model, file }))]
    },
    check(calls) {
      expect(calls.map(({ stage, record }) => [stage, record.call?.stream ?? false])).toEqual([
        ['complete', false],
        ['complete', true]
      ])
      for (const { contents } of calls) {
        expect(textOf(contents.output)).toBe(' Hello there.')
        expect(JSON.stringify(contents.input)).toContain('"media":{"sha256"')
      }
    }
  },
  {
    name: 'a stream that is cancelled',
    answers: [{ ...events('streamed'), chunks: beginning, after: 'hang' }],
    async run(client) {
      const reader = (await client.chat.stream(params)).getReader()
      const first = await reader.read()
      await reader.cancel()
      return first
    },
    check: (calls) => expect(calls[0]?.record.outcome?.by).toBe('consumer')
  },
  {
    name: 'the stream goes on after its end mark',
    answers: [{ ...events('streamed'), after: 'hang' }],
    run: async (client) => collect(await client.chat.stream(params)),
    check: oneOf('chat', 'I will look')
  },
  {
    name: 'the timeout of the client',
    answers: [{ before: 'hang' }],
    givesUp: true,
    run: (client) => outcomeOf(() => client.chat.complete(params, { timeoutMs: 30 })),
    check: (calls) =>
      expect(calls.map(({ stage, record }) => [stage, record.outcome?.by])).toEqual([
        ['cancelled', 'timeout']
      ])
  },
  {
    name: 'parameters that the client refuses',
    answers: [json('plain')],
    run: (client) => outcomeOf(() => client.chat.complete({ model: 'm' } as never)),
    check: (calls) => expect(calls).toEqual([])
  },
  {
    name: 'other methods',
    answers: [{ headers: { 'content-type': 'application/json' }, chunks: ['{"data":[]}'] }],
    run: (client) => client.models.list(),
    check: (calls) => expect(calls).toEqual([])
  }
]

/** What only the newest client has. */
export const newest: readonly Scenario[] = [
  {
    name: 'audio.speech.complete(), plain and streamed',
    answers: [json('speech'), events('speech-streamed')],
    async run(client) {
      const whole = await client.audio.speech.complete({ input: 'Hello there.' })
      const stream = await client.audio.speech.complete({ input: 'Hello there.', stream: true })
      return [whole, await collect(stream as AsyncIterable<unknown>)]
    },
    check(calls) {
      expect(calls.map(({ record: { call } }) => call?.operation)).toEqual(['speech', 'speech'])
      const [whole, streamed] = calls.map(({ contents }) => JSON.stringify(contents.output))
      expect(streamed).toBe(whole)
    }
  }
]
