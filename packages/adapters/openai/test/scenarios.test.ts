import { fakeServer, memoryLog } from '@slm-audit/testing'
import { testClient } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'
import { majors } from './clients.ts'
import { fixture, text } from './recorded.ts'
import { scenarios } from './scenarios.ts'

for (const { name, OpenAI, without = {} } of majors) {
  testClient({
    name,
    connect: (url, { retries }) =>
      new OpenAI({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: retries }),
    wrap: wrapOpenAI,
    plain: {
      folder: fixture('plain'),
      run: (client, params, options) => client.chat.completions.create(params, options)
    },
    stream: {
      folder: fixture('streamed'),
      run: (client, params, options) => client.chat.completions.create(params, options)
    },
    text,
    retries: true,
    ignoreHeaders: ['x-stainless-timeout'],
    without,
    scenarios: scenarios.map((scenario) => ({ retries: 2, ...scenario }))
  })

  describe(name, () => {
    test('wrapping twice, or twice around, records once', async () => {
      await using server = await fakeServer({ chunks: ['{"choices":[]}'] })
      const { log, calls } = memoryLog()
      const once = wrapOpenAI(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k' }), log)
      expect(wrapOpenAI(once, log)).toBe(once)
      expect(once).toBeInstanceOf(OpenAI)
      const { baseURL, apiKey } = once
      const around = wrapOpenAI(new OpenAI({ baseURL, apiKey, fetch: once['fetch' as never] }), log)
      await around.chat.completions.create({ model: 'm', messages: [] })
      expect(await calls()).toHaveLength(1)
    })

    test('a body that nobody reads is abandoned when the log closes', async () => {
      await using server = await fakeServer({ chunks: ['{"choices":[]}'] })
      const { log, journal } = memoryLog()
      const client = wrapOpenAI(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k' }), log)
      await client.chat.completions.create({ model: 'm', messages: [] }).asResponse()
      await log.close()
      expect(journal.records.map(({ header }) => JSON.parse(header).stage)).toEqual([
        'received',
        'abandoned'
      ])
    })
  })
}

test('a client of an untested major is recorded and reported once', () => {
  const { log, problems } = memoryLog()
  const client = { withOptions: () => client, request() {}, getUserAgent: () => 'OpenAI/JS 99.0.1' }
  wrapOpenAI({ ...client }, log)
  wrapOpenAI({ ...client }, log)
  expect(problems.map(({ code }) => code)).toEqual(['client_untested'])
  expect(() => wrapOpenAI({}, log)).toThrow(/not a client of the openai package/)
})
