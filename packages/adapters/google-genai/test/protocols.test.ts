import type { Protocol } from '@slm-audit/core'
import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import {
  geminiBatches,
  geminiEmbed,
  geminiGenerate,
  geminiInteractions,
  geminiPredict,
  geminiTokens,
  googleProtocols
} from '../src/index.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

const GENERATED = [
  'plain',
  'streamed',
  'blocked',
  'safety-streamed',
  'vertex',
  'vertex-streamed',
  'vertex-arguments'
]

for (const name of GENERATED) testProtocol(geminiGenerate, fixture(name))
for (const name of ['interaction', 'interaction-streamed']) {
  testProtocol(geminiInteractions, fixture(name))
}
testProtocol(geminiTokens, fixture('count-tokens'))
testProtocol(geminiBatches, fixture('batch'))
testProtocol(geminiEmbed, fixture('embeddings'))
for (const name of ['images', 'vertex-embeddings', 'video'])
  testProtocol(geminiPredict, fixture(name))

test('each path belongs to one protocol, others to none', () => {
  const matching = (path: string, method = 'POST') =>
    googleProtocols.flatMap((protocol: Protocol) =>
      protocol.matches(new URL(path, 'http://127.0.0.1'), method) ? [protocol.name] : []
    )
  expect(matching('/v1beta/models/gemini-x:generateContent')).toEqual(['google.generate_content'])
  expect(matching('/v1beta/tunedModels/mine:generateContent')).toHaveLength(1)
  expect(matching('/v1/projects/p/locations/l/endpoints/7:streamGenerateContent')).toHaveLength(1)
  expect(matching('/v1beta/models/gemini-x:countTokens')).toEqual(['google.count_tokens'])
  expect(matching('/v1beta/interactions')).toEqual(['google.interactions'])
  expect(matching('/v1/projects/p/locations/l/interactions')).toEqual(['google.interactions'])
  expect(matching('/v1beta/interactions/v1_abc/cancel')).toEqual([])
  expect(matching('/v1beta/models/e:embedContent')).toEqual(['google.embed_content'])
  expect(matching('/v1/publishers/anthropic/models/claude:predict')).toEqual([])
  expect(matching('/v1beta/models/veo:predictLongRunning')).toEqual(['google.predict'])
  expect(matching('/v1beta/models/m:batchGenerateContent')).toEqual(['google.batches'])
  expect(matching('/v1/publishers/google/models/m:computeTokens')).toEqual(['google.count_tokens'])
  expect(matching('/v1beta/models/gemini-x', 'GET')).toEqual([])
  expect(matching('/v1/models/generateContent')).toEqual([])
})

test('keys of tools are not recorded, and parameters of functions may have any name', () => {
  const declared = {
    functionDeclarations: [{ name: 'f', parameters: { properties: { apiKey: {} } } }]
  }
  const server = { name: 'm', streamableHttpTransport: { url: 'https://m.example' } }
  const transport = { ...server.streamableHttpTransport, headers: { authorization: 'secret' } }
  const tools = [
    declared,
    { googleMaps: { authConfig: { apiKey: 'secret' }, enableWidget: true } },
    { mcpServers: [{ ...server, streamableHttpTransport: transport }] }
  ]
  const url = new URL('https://generativelanguage.googleapis.com/v1beta/models/m:generateContent')
  expect(geminiGenerate.readRequest({ tools }, url)).toMatchObject({
    tools: [declared, { googleMaps: { enableWidget: true } }, { mcpServers: [server] }],
    toolNames: ['f']
  })
  expect(JSON.stringify(geminiGenerate.readRequest({ tools }, url))).not.toContain('secret')
})

test('what an answer rests on is whole, whether its parts come one by one or are told anew', () => {
  const [one, two] = [{ web: { uri: 'one' } }, { web: { uri: 'two' } }]
  const answer = (groundingMetadata: object) => ({
    candidates: [{ content: { parts: [] }, groundingMetadata }]
  })
  const sourcesOf = (...told: object[]) => {
    const [candidate] = geminiGenerate.readResponse(told.map(answer)).output as {
      groundingMetadata: object
    }[]
    return candidate?.groundingMetadata
  }
  const whole = { webSearchQueries: ['q'], groundingChunks: [one, two] }
  const [first, second] = [{ groundingChunks: [one] }, { groundingChunks: [two] }]
  const queries = { webSearchQueries: ['q'] }
  expect(sourcesOf(queries, first, second)).toEqual(whole)
  expect(sourcesOf({ ...queries, ...first }, whole)).toEqual(whole)
  expect(sourcesOf(whole, {})).toEqual(whole)
})

test('a stream that is one list of answers is folded like one of events', () => {
  const answer = (text: string) => ({ candidates: [{ content: { parts: [{ text }] } }] })
  expect(geminiGenerate.readResponse([answer('Hel'), answer('lo')]).output).toEqual([
    { content: { parts: [{ text: 'Hello' }] } }
  ])
})

test('a journal finds the protocols in the package, and a copy is not taken for one', async () => {
  for (const protocol of googleProtocols) {
    const exported = await import(protocol.workerModule?.url() ?? '')
    expect(Object.values(exported)).toContainEqual(expect.objectContaining({ name: protocol.name }))
    expect(protocol.workerModule?.isExported(protocol)).toBe(true)
    expect(protocol.workerModule?.isExported({ ...protocol })).toBe(false)
  }
})

test.each([
  ['imagen-product-recontext-preview', { productImages: [] }, 'image_generation'],
  ['text-embedding-005', { content: 'a' }, 'embeddings'],
  ['multimodalembedding', { image: {} }, 'embeddings'],
  ['7', { feature: 1 }, 'predict']
])('what is predicted by %s is named', (model, instance, operation) => {
  const url = new URL(
    `https://aiplatform.googleapis.com/v1/publishers/google/models/${model}:predict`
  )
  expect(geminiPredict.readRequest({ instances: [instance] }, url).operation).toBe(operation)
})

test('a tool that runs at Google is named by its type', () => {
  const toolCall = { id: 't1', toolType: 'GOOGLE_SEARCH_WEB', args: { queries: ['x'] } }
  const candidates = [{ content: { parts: [{ toolCall }, { toolResponse: { id: 't1' } }] } }]
  expect(geminiGenerate.readResponse({ candidates }).toolCalls).toEqual([
    { id: 't1', name: 'GOOGLE_SEARCH_WEB' }
  ])
})

test('pieces of arguments make no list that is too long, and no prototype', () => {
  const { start, step, finish } = geminiGenerate
  const call = (functionCall: object) => ({
    candidates: [{ content: { parts: [{ functionCall }] } }]
  })
  const paths = ['$.list[4294967290]', '$.__proto__.polluted', '$.a.b', '$', 'x', "$['odd name']"]
  const partialArgs = paths.map((jsonPath) => ({ jsonPath, numberValue: 1 }))
  let fold = step(start(), call({ name: 'f', willContinue: true }))
  fold = step(fold, call({ partialArgs, willContinue: true }))
  const text = JSON.stringify(finish(step(fold, call({}))).output)
  expect(text).toContain('"args":{"list":[],"__proto__":{"polluted":1},"a":{"b":1},"odd name":1}')
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test.each([
  ['all', [undefined, undefined], ['a', 'b']],
  ['that is the first', [1, undefined], ['b', 'a']]
])('candidates stay apart where the number is left out of %s', (_which, indexes, order) => {
  const { start, step, finish } = geminiGenerate
  const event = () => ({
    candidates: order.map((text, at) => ({ index: indexes[at], content: { parts: [{ text }] } }))
  })
  const { output } = finish(step(step(start(), event()), event()))
  expect(output).toMatchObject([
    { content: { parts: [{ text: 'aa' }] } },
    { content: { parts: [{ text: 'bb' }] } }
  ])
})
