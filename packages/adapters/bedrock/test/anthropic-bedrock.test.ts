import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk'
import { memoryLog } from '@slm-audit/testing'
import { testClient } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import { wrapAnthropicBedrock } from '../src/index.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)
const model = 'us.anthropic.claude-sonnet-4-20250514-v1:0'
const params = { model, max_tokens: 64, messages: [{ role: 'user', content: 'Hello?' }] }

const text = (output: unknown) =>
  ((output as { content?: { text?: string }[] }).content ?? [])
    .map(({ text: words = '' }) => words)
    .join('')

testClient<AnthropicBedrock>({
  name: '@anthropic-ai/bedrock-sdk 1.x',
  connect: (baseURL, { retries: maxRetries }) =>
    new AnthropicBedrock({ baseURL, apiKey: 'k', maxRetries }),
  wrap: wrapAnthropicBedrock,
  plain: {
    folder: fixture('invoke-anthropic'),
    params,
    run: (client, from, options) => client.messages.create(from, options)
  },
  stream: {
    folder: fixture('invoke-anthropic-streamed'),
    params: { ...params, stream: true },
    run: (client, from, options) => client.messages.create(from, options)
  },
  text,
  retries: true,
  malformed: new Uint8Array(32),
  refusal: { message: 'too fast' },
  ignoreHeaders: ['x-stainless-timeout'],
  scenarios: []
})

test('the class stays, and requests are signed and named as before', async () => {
  const { log, calls } = memoryLog()
  const seen: Headers[] = []
  const fetch = async (_url: unknown, init?: RequestInit) => {
    seen.push(new Headers(init?.headers))
    return Response.json({ type: 'message', content: [], stop_reason: 'end_turn' })
  }
  const keys = { awsAccessKey: 'AKIDEXAMPLE', awsSecretKey: 'none', awsRegion: 'eu-west-1' }
  const client = wrapAnthropicBedrock(new AnthropicBedrock({ ...keys, fetch }), log)
  expect(client).toBeInstanceOf(AnthropicBedrock)
  await client.messages.create({ model, max_tokens: 1, messages: [] })
  expect(seen[0]?.get('authorization')).toMatch(/^AWS4-HMAC-SHA256/)
  expect((await calls()).map(({ record: { call } }) => call)).toMatchObject([
    { operation: 'chat', provider: 'aws.bedrock', model, client: { name: 'AnthropicBedrock/JS' } }
  ])
  expect(() => wrapAnthropicBedrock({}, log)).toThrow(/@anthropic-ai\/bedrock-sdk package/)
})
