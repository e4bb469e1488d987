import { AnthropicAws } from '@anthropic-ai/aws-sdk'
import { AnthropicFoundry } from '@anthropic-ai/foundry-sdk'
import { AnthropicVertex } from '@anthropic-ai/vertex-sdk'
import type { AuditedCall } from '@slm-audit/core/reader'
import { memoryLog } from '@slm-audit/testing'
import { testClient } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import { wrapAnthropic } from '../src/index.ts'
import { versions } from './clients.ts'
import { newest, oldest, scenarios } from './scenarios.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

/** The words of the answer; blocks of thinking and tools come one after the other with them. */
const text = (output: unknown) =>
  ((output as { content?: { text?: string }[] }).content ?? [])
    .map(({ text: words = '' }) => words)
    .join('')

for (const { name, Anthropic } of versions) {
  testClient({
    name,
    connect: (url, { retries }) =>
      new Anthropic({ baseURL: url, apiKey: 'k', maxRetries: retries }),
    wrap: wrapAnthropic,
    plain: {
      folder: fixture('plain'),
      run: (client, params, options) => client.messages.create(params, options)
    },
    stream: {
      folder: fixture('streamed'),
      run: (client, params, options) => client.messages.create(params, options)
    },
    text,
    retries: true,
    malformed: new TextEncoder().encode('event: content_block_delta\ndata: {rubbish\n\n'),
    refusal: { type: 'error', error: { type: 'rate_limit_error', message: 'too fast' } },
    ignoreHeaders: ['x-stainless-timeout'],
    scenarios: [...scenarios, ...(Anthropic === versions[0]?.Anthropic ? newest : oldest)]
  })
}

test('the wrapped client is of the same class and names itself in the record', async () => {
  const [{ Anthropic } = { Anthropic: undefined }] = versions
  if (Anthropic === undefined) throw new Error('no client')
  const { log, calls } = memoryLog()
  const fetch = async () => Response.json({ type: 'message', content: [], stop_reason: 'end_turn' })
  const client = wrapAnthropic(new Anthropic({ apiKey: 'k', fetch }), log)
  expect(client).toBeInstanceOf(Anthropic)
  expect(wrapAnthropic(client, log)).toBe(client)
  await client.messages.create({ model: 'm', max_tokens: 1, messages: [] })
  const [call] = (await calls()) as AuditedCall[]
  expect(call?.record.call).toMatchObject({
    provider: 'anthropic',
    model: 'm',
    client: { name: 'Anthropic/JS' }
  })
  expect(() => wrapAnthropic({}, log)).toThrow(/not a client of the @anthropic-ai\/sdk package/)
})

test.each([
  ['Microsoft Foundry', 'azure.ai.inference', foundry],
  ['the Claude Platform on AWS', 'anthropic', aws]
] as const)('the client of %s is one, too', async (_name, provider, connect) => {
  const { log, calls } = memoryLog()
  const fetch = async () => Response.json({ type: 'message', content: [], stop_reason: 'end_turn' })
  const bare = connect(fetch)
  const client = wrapAnthropic(bare, log)
  expect(client.constructor).toBe(bare.constructor)
  await client.messages.create({ model: 'claude-x', max_tokens: 1, messages: [] })
  expect((await calls()).map(({ record: { call } }) => call)).toMatchObject([
    { operation: 'chat', provider, model: 'claude-x' }
  ])
})

function foundry(fetch: () => Promise<Response>) {
  const baseURL = 'https://mine.services.ai.azure.com/anthropic/'
  return new AnthropicFoundry({ apiKey: 'k', baseURL, fetch })
}

function aws(fetch: () => Promise<Response>) {
  return new AnthropicAws({ apiKey: 'k', workspaceId: 'w', awsRegion: 'us-east-1', fetch })
}

test("Vertex AI's client is one, too; its paths say the model", async () => {
  const { log, calls } = memoryLog()
  const fetch = async () => Response.json({ type: 'message', content: [], input_tokens: 3 })
  const authClient = { getRequestHeaders: async () => new Headers() } as never
  const options = { region: 'europe-west1', projectId: 'p', authClient, fetch }
  const client = wrapAnthropic(new AnthropicVertex(options), log)
  expect(client).toBeInstanceOf(AnthropicVertex)
  await client.messages.create({ model: 'claude-x', max_tokens: 1, messages: [] })
  await client.messages.countTokens({ model: 'claude-x', messages: [] })
  expect((await calls()).map(({ record: { call } }) => call)).toMatchObject([
    { operation: 'chat', provider: 'gcp.vertex_ai', model: 'claude-x' },
    { operation: 'count_tokens', provider: 'gcp.vertex_ai', model: 'claude-x' }
  ])
})
