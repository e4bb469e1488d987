import { HTTPClient, Mistral } from '@mistralai/mistralai'
import { SDK_METADATA } from '@mistralai/mistralai/lib/config.js'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapMistral } from '../src/index.ts'

test('a major that nobody tested is said once, and its calls are recorded', async () => {
  const { log, calls, problems } = memoryLog()
  const httpClient = new HTTPClient({ fetcher: async () => Response.json({ data: [] }) })
  // What the client says of itself in each request.
  Object.assign(SDK_METADATA, { sdkVersion: '9.1.0' })
  for (let count = 0; count < 2; count++) {
    const client = wrapMistral(new Mistral({ apiKey: 'k', httpClient }), log)
    await client.fim.complete({ model: 'm', prompt: 'x' }).catch(() => undefined)
  }
  expect(problems.map(({ code, message }) => [code, message.split(' is ')[0]])).toEqual([
    ['client_untested', '@mistralai/mistralai 9.1.0']
  ])
  expect(await calls()).toHaveLength(2)
})
