import type { Protocol } from '@slm-audit/core'
import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import * as exported from '../src/index.ts'

const { openaiChat, openaiProtocols, openaiResponses } = exported

/** Folders of fixtures, by the protocol that reads them. */
const FIXTURES: { readonly [protocol: string]: readonly string[] } = {
  'openai.chat': [
    'plain',
    'streamed',
    'audio-streamed',
    'llama-cpp',
    'llama-cpp-plain',
    'llama-cpp-reasoning',
    'vllm',
    'vllm-streamed',
    'functions',
    'lm-studio',
    'azure',
    'azure-streamed',
    'azure-async-filter',
    'groq',
    'groq-plain',
    'together',
    'together-streamed',
    'openrouter',
    'openrouter-streamed',
    'deepseek',
    'deepseek-streamed'
  ],
  'openai.responses': [
    'responses',
    'responses-streamed',
    'responses-server-tools',
    'responses-background',
    'responses-retrieved',
    'responses-llama-cpp'
  ],
  'openai.completions': [
    'completions',
    'completions-streamed',
    'completions-llama-cpp',
    'completions-llama-cpp-streamed'
  ],
  'openai.embeddings': [
    'embeddings',
    'embeddings-floats',
    'embeddings-llama-cpp',
    'embeddings-of-tokens'
  ],
  'openai.decisions': ['decisions'],
  'openai.moderations': ['moderations', 'moderations-several'],
  'openai.speech': ['speech', 'speech-streamed'],
  'openai.transcription': [
    'transcription',
    'transcription-verbose',
    'transcription-streamed',
    'translation-text'
  ],
  'openai.images': ['images', 'images-streamed', 'images-edit']
}

for (const protocol of openaiProtocols) {
  for (const name of FIXTURES[protocol.name] ?? []) {
    testProtocol(protocol, new URL(`../fixtures/${name}/`, import.meta.url))
  }
}

test('every protocol has fixtures', () => {
  expect(openaiProtocols.map(({ name }) => name).sort()).toEqual(Object.keys(FIXTURES).sort())
})

test('a journal finds each protocol in the package, and a copy is not taken for it', () => {
  const found: readonly unknown[] = Object.values(exported)
  for (const protocol of openaiProtocols) {
    expect(found).toContain(protocol)
    const { workerModule } = protocol
    expect([protocol, { ...protocol }].map((each) => workerModule?.isExported(each))).toEqual([
      true,
      false
    ])
    expect(workerModule?.url()).toMatch(/openai/)
  }
})

test('each path belongs to one protocol, others to none', () => {
  const matching = (path: string, method = 'POST') =>
    openaiProtocols.flatMap((protocol: Protocol) =>
      protocol.matches(new URL(`https://api.openai.com/v1${path}`), method) ? [protocol.name] : []
    )
  expect(matching('/chat/completions')).toEqual(['openai.chat'])
  expect(matching('/completions')).toEqual(['openai.completions'])
  expect(matching('/responses')).toEqual(['openai.responses'])
  expect(matching('/decisions')).toEqual(['openai.decisions'])
  expect(matching('/responses/compact')).toEqual(['openai.responses'])
  expect(matching('/responses/input_tokens')).toEqual(['openai.responses'])
  expect(matching('/responses/resp_1', 'GET')).toEqual(['openai.responses'])
  expect(matching('/responses/resp_1/cancel')).toEqual(['openai.responses'])
  expect(matching('/responses/resp_1')).toEqual([])
  expect(matching('/responses/resp_1', 'DELETE')).toEqual([])
  expect(matching('/responses/resp_1/input_items', 'GET')).toEqual([])
  expect(matching('/responses', 'GET')).toEqual([])
  expect(matching('/chat/completions/c1', 'GET')).toEqual([])
  expect(matching('/images/edits')).toEqual(['openai.images'])
  expect(matching('/models', 'GET')).toEqual([])
})

test('an error in the place of an answer is an error, whichever way it is told', () => {
  const words = { message: 'boom', code: 'x' }
  const told = { message: 'boom', code: 'x', type: 'error' }
  expect(openaiResponses.readResponse({ type: 'error', ...words }).error).toEqual(told)
  expect(openaiResponses.readResponse({ type: 'error', error: words }).error).toEqual(words)
  const error = { object: 'error', type: 'error', param: null, ...words }
  expect(openaiChat.readResponse(error).error).toEqual(told)
})
