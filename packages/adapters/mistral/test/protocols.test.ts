import type { Protocol } from '@slm-audit/core'
import { memoryLog } from '@slm-audit/testing'
import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import {
  mistralChat,
  mistralConversations,
  mistralEmbeddings,
  mistralFim,
  mistralModerations,
  mistralOcr,
  mistralProtocols,
  mistralSpeech,
  mistralTranscription
} from '../src/index.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

for (const name of ['plain', 'streamed', 'agent']) testProtocol(mistralChat, fixture(name))
for (const name of ['conversation', 'conversation-streamed']) {
  testProtocol(mistralConversations, fixture(name))
}
for (const name of ['fim', 'fim-streamed']) testProtocol(mistralFim, fixture(name))
testProtocol(mistralEmbeddings, fixture('embeddings'))
for (const name of ['moderations', 'classifications']) {
  testProtocol(mistralModerations, fixture(name))
}

testProtocol(mistralOcr, fixture('ocr'))
for (const name of ['transcription', 'transcription-streamed']) {
  testProtocol(mistralTranscription, fixture(name))
}
for (const name of ['speech', 'speech-streamed']) testProtocol(mistralSpeech, fixture(name))

test("each path at Mistral's hosts belongs to one protocol, others to none", () => {
  const matching = (url: string, method = 'POST') =>
    mistralProtocols.flatMap((protocol: Protocol) =>
      protocol.matches(new URL(url), method) ? [protocol.name] : []
    )
  expect(matching('https://api.mistral.ai/v1/chat/completions')).toEqual(['mistral.chat'])
  expect(matching('https://api.eu.mistral.ai/v1/agents/completions')).toEqual(['mistral.chat'])
  expect(matching('https://codestral.mistral.ai/v1/fim/completions')).toEqual(['mistral.fim'])
  expect(matching('https://api.mistral.ai/v1/chat/classifications')).toEqual([
    'mistral.moderations'
  ])
  expect(matching('https://api.mistral.ai/v1/conversations/conv_1')).toEqual([
    'mistral.conversations'
  ])
  const vertex = 'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/publishers/mistralai'
  expect(matching(`${vertex}/models/mistral-small-2503:rawPredict`)).toEqual(['mistral.chat'])
  expect(matching(`${vertex}/models/codestral-2501:streamRawPredict`)).toEqual(['mistral.chat'])
  expect(matching('https://api.mistral.ai/v1/ocr')).toEqual(['mistral.ocr'])
  expect(matching('https://api.mistral.ai/v1/audio/speech')).toEqual(['mistral.speech'])
  expect(matching('https://api.mistral.ai/v1/audio/transcriptions')).toEqual([
    'mistral.transcription'
  ])
  expect(matching('https://api.mistral.ai/v1/conversations/conv_1/history', 'GET')).toEqual([])
  expect(matching('https://api.mistral.ai/v1/models', 'GET')).toEqual([])
  expect(matching('https://api.openai.com/v1/chat/completions')).toEqual([])
})

test("a connector's token is not recorded", async () => {
  const tool = { type: 'connector', connector_id: 'c' }
  const authorization = { type: 'oauth2-token', value: 'secret' }
  const url = new URL('https://api.mistral.ai/v1/conversations')
  const request = mistralConversations.readRequest({ tools: [{ ...tool, authorization }] }, url)
  const { log, calls } = memoryLog()
  await log.record(request, async () => 'answer')
  const [call] = await calls()
  expect(call?.contents.tools).toEqual([tool])
  expect(JSON.stringify(call)).not.toContain('secret')
})

test('an error in the place of an answer', () => {
  const answer = { object: 'error', type: 'invalid_request', message: 'no', code: '1500' }
  expect(mistralChat.readResponse(answer).error).toEqual({
    type: 'invalid_request',
    message: 'no',
    code: '1500'
  })
})

test('a journal finds the protocols in the package, and a copy is not taken for one', async () => {
  for (const protocol of mistralProtocols) {
    const exported = await import(protocol.workerModule?.url() ?? '')
    expect(Object.values(exported)).toContainEqual(expect.objectContaining({ name: protocol.name }))
    expect(protocol.workerModule?.isExported(protocol)).toBe(true)
    expect(protocol.workerModule?.isExported({ ...protocol })).toBe(false)
  }
})

test('an answer in several messages is read in all of them', () => {
  const call = { id: 'c1', function: { name: 'weather', arguments: '{}' } }
  const messages = [
    { role: 'assistant', content: '', tool_calls: [call] },
    { role: 'tool', content: 'Sunny' },
    { role: 'assistant', content: 'It is sunny.' }
  ]
  const choices = [{ index: 0, finish_reason: 'stop', messages }]
  expect(mistralChat.readResponse({ choices })).toMatchObject({
    output: choices,
    toolCalls: [{ id: 'c1', name: 'weather' }]
  })
})

test.each([
  ['as texts', ['0', '1']],
  ['not at all', [undefined, undefined]]
])('choices of a stream that are numbered %s stay apart', (_name, [first, second]) => {
  const { start, step, finish } = mistralChat
  const both = (left: string, right: string) => ({
    choices: [
      { index: first, delta: { content: left } },
      { index: second, delta: { content: right } }
    ]
  })
  expect(finish(step(step(start(), both('Hel', 'By')), both('lo', 'e'))).output).toEqual([
    { index: 0, message: { content: 'Hello' } },
    { index: 1, message: { content: 'Bye' } }
  ])
})
