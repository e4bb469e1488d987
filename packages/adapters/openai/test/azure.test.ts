import { fakeServer, memoryLog } from '@slm-audit/testing'
import { testClient } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'
import { majors } from './clients.ts'
import { fixture, text } from './recorded.ts'

for (const { name, AzureOpenAI } of majors) {
  testClient({
    name: `${name}: Azure`,
    connect: (url, { retries }) =>
      new AzureOpenAI({
        endpoint: url,
        apiVersion: '2024-10-21',
        apiKey: 'k',
        maxRetries: retries
      }),
    wrap: wrapOpenAI,
    plain: {
      folder: fixture('azure'),
      params: { model: 'weather-bot', messages: [{ role: 'user', content: 'Weather in Rome?' }] },
      run: (client, params, options) => client.chat.completions.create(params, options)
    },
    stream: {
      folder: fixture('azure-streamed'),
      run: (client, params, options) => client.chat.completions.create(params, options)
    },
    text,
    retries: true,
    ignoreHeaders: ['x-stainless-timeout']
  })
  test(`${name}: Azure, with tokens and a deployment`, async () => {
    await using server = await fakeServer({ chunks: ['{"choices":[]}'] })
    const { log, calls } = memoryLog()
    const client = new AzureOpenAI({
      endpoint: server.url,
      apiVersion: '2024-10-21',
      deployment: 'weather-bot',
      azureADTokenProvider: async () => 'a-token'
    })
    const audited = wrapOpenAI(client, log)
    await audited.chat.completions.create({ model: 'gpt-4o-mini', messages: [] })
    expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/openai/deployments/weather-bot/chat/completions?api-version=2024-10-21', 'Bearer a-token']
    ])
    expect((await calls())[0]?.record.call).toMatchObject({
      model: 'gpt-4o-mini',
      settings: { 'api-version': '2024-10-21' },
      client: { name: 'AzureOpenAI/JS' }
    })
  })
}
