import { fakeServer, memoryLog } from '@slm-audit/testing'
import { testClient } from '@slm-audit/testing/conformance'
import { CohereClient, CohereClientV2 } from 'cohere-ai'
import { expect, test } from 'vitest'
import { wrapCohere } from '../src/index.ts'

const folder = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

interface Options {
  readonly signal?: AbortSignal
}

const more = ({ signal }: Options) => (signal ? { abortSignal: signal } : {})

/** The request as the client takes it, which writes it in another case. */
const params = {
  model: 'command-a-03-2025',
  messages: [{ role: 'user' as const, content: 'How is the weather in Ulm?' }],
  temperature: 0.3
}

testClient({
  name: 'cohere-ai 8',
  connect: (environment, { retries }) =>
    new CohereClientV2({ environment, token: 'k', maxRetries: retries }),
  wrap: wrapCohere,
  plain: {
    folder: folder('plain'),
    params,
    run: (client, from, options) => client.chat(from as typeof params, more(options))
  },
  stream: {
    folder: folder('streamed'),
    params,
    run: (client, from, options) => client.chatStream(from as typeof params, more(options))
  },
  text: (output) =>
    (output as { content: { text?: string }[] }).content.map(({ text = '' }) => text).join(''),
  retries: true
})

test('the v2 of a CohereClient is recorded, once a call, and the options stay as they were', async () => {
  const body = { id: 'c', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [] } }
  await using server = await fakeServer({ chunks: [JSON.stringify(body)] })
  const { log, calls, problems } = memoryLog()
  const options = { environment: server.url, token: 'k' }
  const client = new CohereClient(options)
  expect(wrapCohere(wrapCohere(client, log), log)).toBe(client)
  await client.v2.chat(params)
  const both = new CohereClientV2(options)
  wrapCohere(both, log)
  await both.chat(params)
  expect(Object.keys(options)).toEqual(['environment', 'token'])
  const recorded = await calls()
  expect(recorded.map(({ record }) => record.call?.protocol)).toEqual(Array(2).fill('cohere.chat'))
  expect(problems).toEqual([])
  expect(() => wrapCohere({}, log)).toThrow(/not a client of the cohere-ai package/)
})
