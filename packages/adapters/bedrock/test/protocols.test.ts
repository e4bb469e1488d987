import { readdirSync, readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import {
  bedrockAsync,
  bedrockConverse,
  bedrockGuardrail,
  bedrockInvoke,
  bedrockProtocols,
  bedrockTokens
} from '../src/index.ts'

const folder = new URL('../fixtures/', import.meta.url)

for (const name of readdirSync(folder)) {
  const at = new URL(`${name}/`, folder)
  if (name.startsWith('converse')) testProtocol(bedrockConverse, at)
  else if (name.startsWith('count-tokens')) testProtocol(bedrockTokens, at)
  else if (name === 'apply-guardrail') testProtocol(bedrockGuardrail, at)
  else if (name === 'async-invoke') testProtocol(bedrockAsync, at)
  else testProtocol(bedrockInvoke, at)
}

test('each path belongs to one protocol, others to none', () => {
  const matching = (path: string, method = 'POST') =>
    bedrockProtocols
      .filter((one) =>
        one.matches(new URL(path, 'https://bedrock-runtime.eu-west-1.amazonaws.com'), method)
      )
      .map(({ name }) => name)
  expect(matching('/model/a.b%3A0/converse')).toEqual(['bedrock.converse'])
  expect(matching('/model/a.b%3A0/converse-stream')).toEqual(['bedrock.converse'])
  expect(matching('/model/a.b%3A0/invoke')).toEqual(['bedrock.invoke'])
  expect(matching('/model/a.b%3A0/invoke-with-response-stream')).toEqual(['bedrock.invoke'])
  expect(matching('/model/a.b%3A0/invoke', 'GET')).toEqual([])
  expect(matching('/model/a.b%3A0/count-tokens')).toEqual(['bedrock.count_tokens'])
  expect(matching('/guardrail/g/version/1/apply')).toEqual(['bedrock.guardrail'])
  expect(matching('/guardrail-checks/invoke')).toEqual(['bedrock.guardrail'])
  expect(matching('/async-invoke')).toEqual(['bedrock.async_invoke'])
  expect(matching('/async-invoke', 'GET')).toEqual([])
})

test('a model is named as the caller named it; a managed prompt by its name and version', () => {
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:prompt/PROMPT12345:3'
  const url = new URL(`https://x/model/${encodeURIComponent(arn)}/converse`)
  const body = { promptVariables: { city: { text: 'Bern' } } }
  expect(bedrockConverse.readRequest(body, url)).toMatchObject({
    model: arn,
    prompt: { name: 'PROMPT12345', version: '3' },
    input: { promptVariables: { city: { text: 'Bern' } } }
  })
})

test('a flipped bit is not an event, and what came before it stays', () => {
  const bytes = new Uint8Array(readFileSync(new URL('converse-streamed/chunks.bin', folder)))
  const whole = bedrockConverse.decode?.(bytes) ?? []
  for (const at of [2, 9, 60, 130, bytes.length - 20]) {
    const bad = bytes.slice()
    bad[at] = (bad[at] ?? 0) ^ 1
    const events = bedrockConverse.decode?.(bad) ?? []
    expect(events.at(-1)).toHaveProperty('malformed')
    expect(whole.slice(0, events.length - 1)).toEqual(events.slice(0, -1))
  }
})

test.each([0, 3, 15])('a message that says it is %i bytes long is not an event', (length) => {
  const bytes = new Uint8Array(64)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, length)
  view.setUint32(8, crc32(bytes.subarray(0, 8)))
  const malformed = 'the checksum of the message at byte 0 is wrong'
  expect(bedrockConverse.decode?.(bytes)).toEqual([{ malformed }])
})

test('a journal finds the protocols in the package, and a copy is not taken for one', async () => {
  for (const protocol of bedrockProtocols) {
    const exported = await import(protocol.workerModule?.url() ?? '')
    expect(Object.values(exported)).toContainEqual(expect.objectContaining({ name: protocol.name }))
    expect(protocol.workerModule?.isExported(protocol)).toBe(true)
    expect(protocol.workerModule?.isExported({ ...protocol })).toBe(false)
  }
})

test('what a model is asked is content, whatever its maker calls it', () => {
  const url = new URL(
    'https://bedrock-runtime.eu-west-1.amazonaws.com/model/cohere.rerank-v3-5/invoke'
  )
  const asked = { query: 'q', documents: ['d'], tool_results: [{}], negative_prompt: 'n' }
  const request = bedrockInvoke.readRequest({ ...asked, top_n: 2 }, url)
  expect(request.settings).toEqual({ top_n: 2 })
  expect(request.input).toEqual(asked)
})

test('a prompt router names the model that it chose', () => {
  const trace = { promptRouter: { invokedModelId: 'amazon.nova-lite-v1:0' } }
  expect(bedrockConverse.readResponse({ trace }).model).toBe('amazon.nova-lite-v1:0')
})

test("a tool's result in pieces is the result in one", () => {
  const { start, step, finish } = bedrockConverse
  const at = { contentBlockIndex: 0 }
  const toolResult = { toolUseId: 't', type: 'web_search_result', status: 'success' }
  const delta = (piece: object) => ({ ...at, delta: { toolResult: [piece] } })
  let fold = step(start(), { ...at, start: { toolResult } }, 'contentBlockStart')
  for (const piece of [{ text: 'Sun' }, { text: 'ny.' }, { json: { hits: 1 } }]) {
    fold = step(fold, delta(piece), 'contentBlockDelta')
  }
  expect(finish(fold).output).toEqual({
    content: [
      { toolResult: { ...toolResult, content: [{ text: 'Sunny.' }, { json: { hits: 1 } }] } }
    ]
  })
})

test('a member of any name is folded, and no prototype is changed', () => {
  const { start, step, finish } = bedrockConverse
  const piece = JSON.parse('{"contentBlockIndex":0,"delta":{"__proto__":{"of":"a model"}}}')
  const { output } = finish(step(start(), piece, 'contentBlockDelta'))
  expect(JSON.stringify(output)).toBe('{"content":[{"__proto__":{"of":"a model"}}]}')
  expect({}).not.toHaveProperty('of')
})
