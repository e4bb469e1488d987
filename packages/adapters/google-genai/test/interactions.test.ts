import { GoogleGenAI, type GoogleGenAIInteraction } from '@google/genai'
import { memoryLog } from '@slm-audit/testing'
import { testClient } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import { wrapGoogleGenAI } from '../src/index.ts'
import { fixture, undated } from './scenarios.ts'

/** The words of the answer, without thoughts and tools. */
const text = (output: unknown) =>
  (output as { type?: string; content?: { text?: string }[] }[])
    .filter(({ type }) => type === 'model_output')
    .flatMap(({ content = [] }) => content.map(({ text: words = '' }) => words))
    .join('')

/** An answer whose response, which is a new object in each call, is told by what it holds. */
async function told(answer: GoogleGenAIInteraction) {
  const { sdkHttpResponse, ...interaction } = undated(answer)
  const { headers, responseInternal } = sdkHttpResponse ?? {}
  const isResponse = responseInternal instanceof Response
  return [interaction, headers, isResponse, await sdkHttpResponse?.json()]
}

const withSignal = ({ signal }: { signal?: AbortSignal }) => (signal ? { signal } : {})

testClient<GoogleGenAI>({
  name: 'google-genai 3.x, interactions',
  connect: (baseUrl) => new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl } }),
  wrap: wrapGoogleGenAI,
  // The client makes a request with the signal, which the runtime refuses.
  expected: { 'a signal of another realm aborts before the answer': { calls: 0 } },
  plain: {
    folder: fixture('interaction'),
    run: async (client, params, options) =>
      told(await client.interactions.create(params, { maxRetries: 0, ...withSignal(options) }))
  },
  stream: {
    folder: fixture('interaction-streamed'),
    run: (client, params, options) =>
      client.interactions.create(params, { maxRetries: 0, ...withSignal(options) })
  },
  text,
  refusal: { error: { code: 429, message: 'too fast', status: 'RESOURCE_EXHAUSTED' } },
  scenarios: []
})

const answer = { id: 'v1_a', status: 'completed', steps: [], model: 'm' }

test('retries are attempts of one call; a client that was asked before is recorded, too', async () => {
  const { log, calls } = memoryLog()
  const statuses = [200, 503, 200]
  const fetch = async () => Response.json(answer, { status: statuses.shift() ?? 200 })
  const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } })
  const params = { model: 'gemini-3.1-flash', input: 'hi' } as const
  await client.interactions.create(params)
  expect(wrapGoogleGenAI(wrapGoogleGenAI(client, log), log)).toBe(client)
  const retries = {
    strategy: 'attempt-count-backoff',
    backoff: { initialInterval: 1, maxInterval: 1, exponent: 1, maxElapsedTime: 1000 },
    maxRetries: 1
  } as const
  await client.interactions.create(params, { retries })
  const recorded = await calls()
  expect(recorded.map(({ stage, record: { call } }) => [stage, call?.operation])).toEqual([
    ['complete', 'chat']
  ])
  expect(recorded[0]?.record.attempts?.map(({ status }) => status)).toEqual([503, 200])
})
