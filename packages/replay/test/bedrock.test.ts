import {
  BedrockRuntimeClient,
  type ContentBlock,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelWithResponseStreamCommand
} from '@aws-sdk/client-bedrock-runtime'
import { auditFetch } from '@slm-audit/fetch'
import { memoryLog } from '@slm-audit/testing'
import { readFixture, sentBody } from '@slm-audit/testing/conformance'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Replay, type ReplayServer, serveReplay } from '../src/index.ts'

const MODEL = 'us.anthropic.claude-sonnet-4-20250514-v1:0'
const FIXTURES = ['converse', 'converse-streamed', 'invoke-anthropic-streamed'].map((name) =>
  readFixture(new URL(`../../adapters/bedrock/fixtures/${name}/`, import.meta.url))
)

let replay: Replay
let server: ReplayServer
let client: BedrockRuntimeClient

beforeAll(async () => {
  const { log, calls } = memoryLog({ media: 'keep' })
  for (const fixture of FIXTURES) {
    const { answer, contentType, url, method } = fixture
    const headers = { 'content-type': contentType }
    const respond = async () => new Response(new Uint8Array(answer), { headers })
    const fetch = auditFetch(log, { fetch: respond })
    await (await fetch(url, { method, body: sentBody(fixture) })).arrayBuffer()
  }
  const refused = { status: 400, headers: { 'x-amzn-errortype': 'ValidationException' } }
  const refuse = async () => Response.json({ message: 'Too many tokens.' }, refused)
  const body = JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Too long' }] }] })
  const asking = auditFetch(log, { fetch: refuse })
  await (await asking(FIXTURES[0]?.url ?? '', { method: 'POST', body })).arrayBuffer()
  replay = new Replay(await calls())
  await log.close()
  server = await serveReplay(replay)
  // Speaks HTTP/2, as the client does by itself.
  client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'none' },
    maxAttempts: 1
  })
})

afterAll(async () => {
  client.destroy()
  await server[Symbol.asyncDispose]()
})

/** The body that a fixture sent, for the client to send again. */
function asked(name: number) {
  const fixture = FIXTURES[name]
  if (!fixture) throw new Error(`there is no fixture ${name}`)
  return { ...(fixture.body as object), modelId: MODEL }
}

test('AWS’s own client gets a recorded message of Converse, whole', async () => {
  const input = asked(0) as ConstructorParameters<typeof ConverseCommand>[0]
  const { output, stopReason, usage } = await client.send(new ConverseCommand(withBytes(input)))
  expect(output?.message?.content?.slice(1)).toEqual<ContentBlock[]>([
    { text: 'I will look it up.' },
    {
      toolUse: {
        toolUseId: 'tooluse_kZJMlvQmRJ6eAyJE5GIl7Q',
        name: 'get_weather',
        input: { city: 'Zürich' }
      }
    }
  ])
  expect([stopReason, usage?.outputTokens]).toEqual(['tool_use', 74])
  expect(replay.report()).toMatchObject({ exact: 1, diverged: 0 })
})

test('it reads the messages of a recorded stream, whose checksums are made anew', async () => {
  const input = asked(1) as ConstructorParameters<typeof ConverseStreamCommand>[0]
  const { stream = [] } = await client.send(new ConverseStreamCommand(input))
  const names: string[] = []
  let [text, tool] = ['', '']
  for await (const event of stream as AsyncIterable<{ readonly [name: string]: object }>) {
    const [[name = '', value] = []] = Object.entries(event)
    if (names.at(-1) !== name) names.push(name)
    const { delta = {} } = value as { delta?: { text?: string; toolUse?: { input?: string } } }
    text += delta.text ?? ''
    tool += delta.toolUse?.input ?? ''
  }
  expect(text).toBe('I will look at both 😀.')
  expect(tool).toBe('{"city":"Zürich"}{"city":"Bern"}')
  expect([names[0], ...names.slice(-2)]).toEqual(['messageStart', 'messageStop', 'metadata'])
  expect(replay.report()).toMatchObject({ exact: 2, diverged: 0 })
})

test('of an invoked model it reads the model’s own events, with what was measured', async () => {
  const { modelId, ...body } = asked(2)
  const command = new InvokeModelWithResponseStreamCommand({
    modelId,
    contentType: 'application/json',
    body: JSON.stringify(body)
  })
  const events: { readonly [name: string]: unknown }[] = []
  for await (const { chunk } of (await client.send(command)).body ?? []) {
    events.push(JSON.parse(new TextDecoder().decode(chunk?.bytes)))
  }
  expect(events.map(({ type }) => type).slice(0, 2)).toEqual([
    'message_start',
    'content_block_start'
  ])
  expect(events.at(-1)).toMatchObject({
    type: 'message_stop',
    'amazon-bedrock-invocationMetrics': { outputTokenCount: 6 }
  })
  expect(replay.report()).toMatchObject({ exact: 3, diverged: 0 })
})

test('a recorded error is thrown with its status and words', async () => {
  const messages = [{ role: 'user' as const, content: [{ text: 'Too long' }] }]
  const thrown = await client
    .send(new ConverseCommand({ modelId: MODEL, messages }))
    .catch((error: unknown) => error)
  expect(thrown).toMatchObject({
    message: 'Too many tokens.',
    $metadata: { httpStatusCode: 400 }
  })
})

/** Images are bytes to the client, and base64 over the wire. */
function withBytes<T>(input: T): T {
  const text = JSON.stringify(input)
  return JSON.parse(text, (name, value) =>
    name === 'bytes' && typeof value === 'string' ? Buffer.from(value, 'base64') : value
  ) as T
}
