import type { Protocol } from '@slm-audit/core'
import { openaiChat } from '@slm-audit/openai'
import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import {
  embeddingsInference,
  huggingfaceProtocols,
  huggingfaceTask,
  textGeneration
} from '../src/index.ts'

const FIXTURES: readonly (readonly [Protocol, readonly string[]])[] = [
  [openaiChat as Protocol, ['chat', 'chat-streamed', 'chat-tools']],
  [textGeneration as Protocol, ['text-generation', 'text-generation-streamed']],
  [embeddingsInference, ['embeddings-inference-embed', 'embeddings-inference-predict']],
  [
    huggingfaceTask,
    [
      'feature-extraction',
      'text-classification',
      'zero-shot-classification',
      'summarization',
      'speech-recognition'
    ]
  ]
]

for (const [protocol, names] of FIXTURES) {
  for (const name of names) testProtocol(protocol, new URL(`../fixtures/${name}/`, import.meta.url))
}

test('paths of the inference API belong to one protocol, others to none', () => {
  const matching = (url: string, method = 'POST') =>
    huggingfaceProtocols.filter((one) => one.matches(new URL(url), method)).map(({ name }) => name)
  for (const url of [
    'https://router.huggingface.co/hf-inference/models/a/b',
    'https://router.huggingface.co/hf-inference/models/a/b/pipeline/sentence-similarity',
    'https://api-inference.huggingface.co/pipeline/feature-extraction/a/b'
  ]) {
    expect(matching(url)).toEqual(['huggingface.task'])
    expect(matching(url, 'GET')).toEqual([])
  }
  expect(matching('https://example.com/models/a/b')).toEqual([])
  expect(matching('http://127.0.0.1:3000/embed_sparse')).toEqual([
    'huggingface.embeddings_inference'
  ])
  expect(matching('http://127.0.0.1:8080/generate')).toEqual(['huggingface.text_generation'])
})

test('the path says model and task, where it does', () => {
  const read = (path: string) => {
    const url = new URL(path, 'https://api-inference.huggingface.co')
    const { model, operation } = huggingfaceTask.readRequest({ inputs: 'x' }, url)
    return [model, operation]
  }
  expect(read('/replicate/v1/models/a/b/predictions')).toEqual(['a/b', 'inference'])
  expect(read('/models/gpt2')).toEqual(['gpt2', 'inference'])
  expect(read('/models/a/b/pipeline/feature-extraction')).toEqual(['a/b', 'embeddings'])
  expect(read('/pipeline/sentence-similarity/a/b')).toEqual(['a/b', 'sentence_similarity'])
})

test('a journal finds the protocols in the package, and a copy is not taken for one', async () => {
  for (const protocol of huggingfaceProtocols) {
    const exported = await import(protocol.workerModule?.url() ?? '')
    expect(Object.values(exported)).toContainEqual(expect.objectContaining({ name: protocol.name }))
    expect(protocol.workerModule?.isExported(protocol)).toBe(true)
    expect(protocol.workerModule?.isExported({ ...protocol })).toBe(false)
  }
})

test("a server's error in mid-stream is the call's", () => {
  const { start, step, finish } = textGeneration
  const begun = step(start(), { token: { text: 'Be', logprob: -1 } })
  const failed = { error: 'Request failed during generation', error_type: 'generation' }
  expect(finish(step(begun, failed))).toMatchObject({
    output: 'Be',
    error: { type: 'generation', message: 'Request failed during generation' }
  })
})
