import { readFileSync } from 'node:fs'
import type { GoogleGenAI } from '@google/genai'
import { type AuditedCall, textOf } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import { type ClientScenario, collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'

type Scenario = ClientScenario<GoogleGenAI>

/** A folder of fixtures. */
export const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

/** What the scenarios ask. */
export const contents = [{ role: 'user', parts: [{ text: 'The weather in Rome and Oslo?' }] }]
const model = 'gemini-3.1-flash'
const params = { model, contents }

/** The words of the answer, without thoughts. */
export function textOfOutput(output: unknown): string {
  const [first] = output as { content?: { parts?: { text?: string; thought?: boolean }[] } }[]
  return (first?.content?.parts ?? [])
    .map(({ text = '', thought }) => (thought ? '' : text))
    .join('')
}

/** An answer without the server's clock, which differs from call to call without a log, too. */
export function undated<T>(answer: T): T {
  const { sdkHttpResponse } = answer as { sdkHttpResponse?: { headers?: { date?: string } } }
  delete sdkHttpResponse?.headers?.date
  return answer
}

const recorded = (name: string, file: string, type: string): Answer => ({
  headers: { 'content-type': type },
  chunks: [readFileSync(new URL(file, fixture(name)))]
})
const json = (name: string) => recorded(name, 'response.json', 'application/json')
const events = (name: string) => recorded(name, 'chunks.txt', 'text/event-stream')
const streamed = events('streamed')
/** The first answers of the stream: thoughts and two pieces of text. */
const beginning = String(streamed.chunks?.[0])
  .split(/(?<=\r\n\r\n)/)
  .slice(0, 4)

const facts = (calls: readonly AuditedCall[]) =>
  calls.map(({ stage, record }) => [stage, record.call?.operation, record.response?.finish])
const read = async (answers: AsyncIterable<unknown>) => (await collect(answers)).map(undated)

/** What applications do with this client alone. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'a blocked prompt',
    answers: [json('blocked')],
    run: async (client) => undated(await client.models.generateContent(params)),
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'generate_content', ['content_filter']]])
      expect(calls[0]?.record.response?.details?.promptFeedback).toMatchObject({
        blockReason: 'PROHIBITED_CONTENT'
      })
    }
  },
  {
    name: 'several candidates, one of them stopped for safety',
    answers: [events('safety-streamed')],
    run: async (client) => read(await client.models.generateContentStream(params)),
    check: (calls) =>
      expect(facts(calls)).toEqual([['complete', 'generate_content', ['length', 'content_filter']]])
  },
  {
    name: 'chats: sendMessage, then sendMessageStream with the history',
    answers: [json('vertex'), events('vertex-streamed')],
    async run(client) {
      const chat = client.chats.create({ model, config: { systemInstruction: 'Be brief.' } })
      const first = undated(await chat.sendMessage({ message: 'one' }))
      const second = await read(await chat.sendMessageStream({ message: 'two' }))
      return [first, second, chat.getHistory()]
    },
    check(calls) {
      expect(calls.map(({ stage }) => stage)).toEqual(['complete', 'complete'])
      expect(textOf(calls[1]?.contents.input)).toBe('Be brief.\none\nHello.\ntwo')
      expect(textOfOutput(calls[1]?.contents.output)).toBe('Hello')
    }
  },
  {
    name: 'the client names itself',
    answers: [json('plain')],
    run: async (client) => undated(await client.models.generateContent(params)),
    check: ([call]) => expect(call?.record.call?.client?.name).toBe('google-genai-sdk')
  },
  {
    name: 'a streamed answer that its consumer leaves between two answers',
    answers: [{ ...streamed, chunks: beginning, after: 'hang' }],
    leavesOpen: true,
    async run(client) {
      const iterator = (await client.models.generateContentStream(params))[Symbol.asyncIterator]()
      const first = undated(await iterator.next())
      return [first.done, await iterator.return?.(undefined)]
    },
    check: (calls) => {
      expect(calls.map(({ stage }) => stage)).toEqual(['cancelled'])
      expect(calls[0]?.record.outcome?.by).toBe('consumer')
    }
  },
  ...['{"candidates": tru', '[DONE]'].map((data) => ({
    name: `an event in mid-stream that the client cannot read: ${data}`,
    answers: [
      { ...streamed, chunks: [...beginning, `data: ${data}\r\n\r\n`], after: 'hang' as const }
    ],
    leavesOpen: true,
    run: (client: GoogleGenAI) =>
      outcomeOf(async () => read(await client.models.generateContentStream(params))),
    check(calls: readonly AuditedCall[]) {
      expect(calls.map(({ stage }) => stage)).toEqual(['error'])
      expect(calls[0]?.record.outcome?.type).toBe('malformed_response')
    }
  })),
  {
    name: 'an error in mid-stream',
    answers: [
      {
        ...streamed,
        chunks: [
          ...beginning,
          'data: {"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}\r\n\r\n'
        ],
        pauseMs: 1
      }
    ],
    run: (client) => outcomeOf(async () => read(await client.models.generateContentStream(params))),
    check(calls) {
      expect(calls.map(({ stage }) => stage)).toEqual(['error'])
      expect(calls[0]?.contents.error).toMatch(/overloaded/)
      expect(textOfOutput(calls[0]?.contents.output)).toBe('I will look 😀')
    }
  },
  {
    name: 'the timeout of the client',
    answers: [{ before: 'hang' }],
    givesUp: true,
    run: (client) =>
      outcomeOf(() =>
        client.models.generateContent({ ...params, config: { httpOptions: { timeout: 30 } } })
      ),
    // Versions that make the signal inside of the method below hide it: the error says the same.
    check: (calls) =>
      expect(calls.map(({ stage, record: { outcome } }) => outcome?.by ?? stage)).toEqual([
        expect.stringMatching(/^(timeout|signal|error)$/)
      ])
  },
  {
    name: 'embedContent and countTokens',
    answers: [json('embeddings'), json('count-tokens')],
    async run(client) {
      const embedded = await client.models.embedContent({
        model: 'gemini-embedding-001',
        contents: ['a cat', 'a dog']
      })
      const counted = await client.models.countTokens({ model, contents })
      return [undated(embedded), undated(counted)]
    },
    check(calls) {
      expect(calls.map(({ record: { call } }) => call?.operation)).toEqual([
        'embeddings',
        'count_tokens'
      ])
      expect(calls[0]?.record.response?.details).toEqual({ count: 2, dimensions: 3 })
      expect(calls[1]?.record.response?.usage?.inputTokens).toBe(31)
    }
  },
  {
    name: 'generateVideos and batches.create',
    answers: [json('video'), json('batch')],
    async run(client) {
      const video = await client.models.generateVideos({ model: 'veo-3.1', prompt: 'A red dot.' })
      const batch = await client.batches?.create({ model, src: [{ contents }] })
      return [undated(video).name, batch && undated(batch).name]
    },
    check(calls) {
      const operations = calls.map(({ stage, record: { call } }) => [stage, call?.operation])
      const [, batch] = calls
      if (batch) expect(textOf(batch.contents.input)).toBe('The weather in Rome and Oslo?')
      // The oldest version has no batches.
      expect(operations).toEqual(
        [
          ['complete', 'video_generation'],
          ['complete', 'batch']
        ].slice(0, calls.length)
      )
    }
  },
  {
    name: 'other methods',
    answers: [{ chunks: ['{"models":[]}'] }],
    run: async (client) => (await client.models.list()).page,
    check: (calls) => expect(calls).toEqual([])
  }
]
