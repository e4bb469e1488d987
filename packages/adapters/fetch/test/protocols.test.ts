import type { Protocol } from '@slm-audit/core/adapter'
import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import {
  knownProtocols,
  llamaCppCompletion,
  llamaCppEmbedding,
  llamaCppProtocols,
  llamaCppRerank,
  lmStudioChat,
  vllmPooling
} from '../src/index.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

const FIXTURES = [
  'llama-cpp',
  'llama-cpp-streamed',
  'llama-cpp-sampled',
  'llama-cpp-several',
  'llama-cpp-infill',
  'llama-cpp-multimodal'
]

for (const name of FIXTURES) testProtocol(llamaCppCompletion, fixture(name))
for (const name of ['lm-studio', 'lm-studio-streamed']) testProtocol(lmStudioChat, fixture(name))
for (const name of ['vllm-score', 'vllm-classify', 'vllm-pooling']) {
  testProtocol(vllmPooling, fixture(name))
}
testProtocol(llamaCppEmbedding, fixture('llama-cpp-embedding'))
for (const name of ['llama-cpp-rerank', 'embeddings-inference-rerank']) {
  testProtocol(llamaCppRerank, fixture(name))
}

test('each path of the known formats belongs to one protocol', () => {
  const matching = (path: string, method = 'POST') =>
    knownProtocols
      .filter((one) => one.matches(new URL(path, 'http://127.0.0.1:8080'), method))
      .map(({ name }) => name)
  expect(Object.fromEntries(PATHS.map((path) => [path, matching(path)[0]]))).toMatchInlineSnapshot(`
    {
      "/api/chat": "ollama.chat",
      "/api/embed": "ollama.embed",
      "/api/embeddings": "ollama.embed",
      "/api/generate": "ollama.generate",
      "/api/v1/chat": "lm_studio.chat",
      "/classify": "vllm.pooling",
      "/completion": "llama_cpp.completion",
      "/embed": "huggingface.embeddings_inference",
      "/embedding": "llama_cpp.embedding",
      "/generate": "huggingface.text_generation",
      "/generate_stream": "huggingface.text_generation",
      "/health": undefined,
      "/infill": "llama_cpp.completion",
      "/model/m/converse-stream": "bedrock.converse",
      "/model/m/invoke": "bedrock.invoke",
      "/pooling": "vllm.pooling",
      "/predict": "huggingface.embeddings_inference",
      "/rerank": "llama_cpp.rerank",
      "/v1/audio/speech": "openai.speech",
      "/v1/chat/completions": "openai.chat",
      "/v1/completions": "openai.completions",
      "/v1/decisions": "openai.decisions",
      "/v1/embeddings": "openai.embeddings",
      "/v1/images/generations": "openai.images",
      "/v1/messages": "anthropic.messages",
      "/v1/models": undefined,
      "/v1/moderations": "openai.moderations",
      "/v1/reranking": "llama_cpp.rerank",
      "/v1/responses": "openai.responses",
      "/v1/score": "vllm.pooling",
      "/v1beta/models/gemini-3:generateContent": "google.generate_content",
      "/v2/rerank": "cohere.rerank",
      "https://api.mistral.ai/v1/chat/completions": "mistral.chat",
      "https://api.mistral.ai/v1/fim/completions": "mistral.fim",
    }
  `)
  for (const path of PATHS) expect(matching(path, 'OPTIONS')).toEqual([])
  const names = knownProtocols.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

const PATHS = [
  '/v1/decisions',
  'https://api.mistral.ai/v1/chat/completions',
  'https://api.mistral.ai/v1/fim/completions',
  '/v1beta/models/gemini-3:generateContent',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/moderations',
  '/v1/images/generations',
  '/v1/audio/speech',
  '/api/embeddings',
  '/v1/messages',
  '/model/m/converse-stream',
  '/model/m/invoke',
  '/api/chat',
  '/api/v1/chat',
  '/api/generate',
  '/api/embed',
  '/completion',
  '/infill',
  '/embedding',
  '/rerank',
  '/v1/reranking',
  '/v2/rerank',
  '/generate',
  '/generate_stream',
  '/v1/models',
  '/v1/score',
  '/classify',
  '/pooling',
  '/embed',
  '/predict',
  '/health'
]

test('a journal finds the protocols in the package, and a copy is not taken for one', async () => {
  for (const protocol of [...llamaCppProtocols, lmStudioChat as Protocol, vllmPooling]) {
    const exported = await import(protocol.workerModule?.url() ?? '')
    expect(Object.values(exported)).toContainEqual(expect.objectContaining({ name: protocol.name }))
    expect(protocol.workerModule?.isExported(protocol)).toBe(true)
    expect(protocol.workerModule?.isExported({ ...protocol })).toBe(false)
  }
})

test('a stream of LM Studio that was cut has what came, in the form of a whole answer', () => {
  const { start, step, finish } = lmStudioChat
  let fold = start()
  for (const event of [
    { type: 'chat.start', model_instance_id: 'q' },
    { type: 'reasoning.start' },
    { type: 'reasoning.delta', content: 'Hm' },
    { type: 'tool_call.start', tool: 'find' },
    { type: 'tool_call.arguments', tool: 'find', arguments: { a: 1 } },
    { type: 'tool_call.success', tool: 'find', arguments: { a: 1 }, output: 'b' },
    { type: 'tool_call.start', tool: 'open' },
    { type: 'tool_call.failure', reason: 'no', metadata: { tool_name: 'open' } },
    { type: 'message.delta', content: 'He' },
    { type: 'message.delta', content: 'y' }
  ]) {
    fold = step(fold, event)
  }
  expect(finish(fold)).toMatchObject({
    model: 'q',
    output: [
      { type: 'reasoning', content: 'Hm' },
      { type: 'tool_call', tool: 'find', arguments: { a: 1 }, output: 'b' },
      { type: 'invalid_tool_call', reason: 'no', metadata: { tool_name: 'open' } },
      { type: 'message', content: 'Hey' }
    ],
    toolCalls: [{ name: 'find' }, { name: 'open' }],
    reasoning: { text: 'Hm' }
  })
})

test('what stands around a prompt is content, too', () => {
  const body = { prompt: 'p', system_prompt: 's', image_data: [{ id: 1 }], temperature: 0 }
  const request = llamaCppCompletion.readRequest(body, new URL('http://h/completion'))
  expect(request.settings).toEqual({ temperature: 0 })
  expect(request.input).toEqual({ prompt: 'p', system_prompt: 's', image_data: [{ id: 1 }] })
})
