import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import Anthropic from '@anthropic-ai/sdk'
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { GoogleGenAI } from '@google/genai'
import { InferenceClient } from '@huggingface/inference'
import { env, pipeline, type TextClassificationPipeline } from '@huggingface/transformers'
import { FakeListChatModel } from '@langchain/core/utils/testing'
import { HTTPClient, Mistral } from '@mistralai/mistralai'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { auditMiddleware } from '@slm-audit/ai-sdk'
import { wrapAnthropic } from '@slm-audit/anthropic'
import { wrapBedrock } from '@slm-audit/bedrock'
import { auditFetch } from '@slm-audit/fetch'
import { wrapGoogleGenAI } from '@slm-audit/google-genai'
import { wrapHuggingFace } from '@slm-audit/huggingface'
import { auditHandler } from '@slm-audit/langchain'
import { wrapMcpClient } from '@slm-audit/mcp'
import { wrapMistral } from '@slm-audit/mistral'
import { wrapLlamaCompletion } from '@slm-audit/node-llama-cpp'
import { wrapOllama } from '@slm-audit/ollama'
import { wrapOpenAI } from '@slm-audit/openai'
import { writeTinyOnnx } from '@slm-audit/testing/tiny-onnx'
import { wrapPipeline } from '@slm-audit/transformers'
import { wrapWebLLM } from '@slm-audit/web-llm'
import { generateText, type LanguageModel, streamText, wrapLanguageModel } from 'ai'
import type { LlamaCompletion } from 'node-llama-cpp'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import type { AuditLog } from 'slm-audit'
import { cannedFetch, cannedHandler } from './canned.ts'
import { type CannedEngine, cannedEngine } from './canned-engine.ts'
import { tinyCompletion } from './tiny-completion.ts'

/** What an application does with a client, bare or wrapped. */
export interface Use {
  call(): Promise<unknown>
  /** Streams an answer; left out where the client streams nothing. */
  stream?(): Promise<AsyncIterable<unknown>> | AsyncIterable<unknown>
}

/** One adapter, on a client whose server is canned. */
export interface AdapterBench {
  readonly name: string
  bare(): Use
  wrapped(log: AuditLog): Use
}

const messages = [{ role: 'user' as const, content: 'Weather in Rome and Oslo?' }]

const openai = (wrap: (client: OpenAI) => OpenAI): Use => {
  const fetch = cannedFetch('openai', 'plain', 'streamed')
  const client = wrap(new OpenAI({ baseURL: 'http://canned/v1', apiKey: 'k', fetch }))
  return {
    call: () => client.chat.completions.create({ model: 'm', messages }),
    stream: () => client.chat.completions.create({ model: 'm', messages, stream: true })
  }
}

const bedrock = (wrap: (client: BedrockRuntimeClient) => BedrockRuntimeClient): Use => {
  const client = wrap(
    new BedrockRuntimeClient({
      region: 'us-east-1',
      endpoint: 'http://canned',
      credentials: { accessKeyId: 'k', secretAccessKey: 'none' },
      requestHandler: cannedHandler('bedrock', 'converse')
    })
  )
  return { call: () => client.send(new ConverseCommand({ modelId: 'm', messages: [] })) }
}

const responses = (wrap: (client: OpenAI) => OpenAI): Use => {
  const fetch = cannedFetch('openai', 'responses', 'responses-streamed')
  const client = wrap(new OpenAI({ baseURL: 'http://canned/v1', apiKey: 'k', fetch }))
  return {
    call: () => client.responses.create({ model: 'm', input: messages }),
    stream: () => client.responses.create({ model: 'm', input: messages, stream: true })
  }
}

const huggingFace = (wrap: (client: InferenceClient) => InferenceClient): Use => {
  const fetch = cannedFetch('huggingface', 'chat', 'chat-streamed')
  const options = { fetch, endpointUrl: 'http://canned' }
  const client = wrap(new InferenceClient('hf_none', options))
  return {
    call: () => client.chatCompletion({ model: 'm', messages }),
    stream: () => client.chatCompletionStream({ model: 'm', messages })
  }
}

const transformers = (
  wrap: (pipe: TextClassificationPipeline) => TextClassificationPipeline
): Use => {
  const loading = loadTinyClassifier().then(wrap)
  return { call: async () => (await loading)('a great and happy day') }
}

async function loadTinyClassifier(): Promise<TextClassificationPipeline> {
  env.allowRemoteModels = false
  const folder = mkdtempSync(join(tmpdir(), 'bench-transformers-'))
  await writeTinyOnnx(folder, 'tiny-sentiment')
  return pipeline('text-classification', join(folder, 'tiny-sentiment'), { dtype: 'fp32' })
}

const localModel = (wrap: (completion: LlamaCompletion) => LlamaCompletion): Use => {
  const loading = tinyCompletion().then(wrap)
  return {
    async call() {
      await (await loading).generateCompletion('Every', { maxTokens: 2, temperature: 0 })
    }
  }
}

const anthropic = (wrap: (client: Anthropic) => Anthropic): Use => {
  const fetch = cannedFetch('anthropic', 'plain', 'streamed')
  const client = wrap(new Anthropic({ baseURL: 'http://canned', apiKey: 'k', fetch }))
  const params = { model: 'm', max_tokens: 256, messages }
  return {
    call: () => client.messages.create(params),
    stream: () => client.messages.create({ ...params, stream: true })
  }
}

const aiSdk = (log?: AuditLog): Use => {
  const fetch = cannedFetch('ai-sdk', 'plain', 'streamed')
  const bare = createOpenAICompatible({ name: 'canned', baseURL: 'http://canned/v1', fetch })('m')
  const model: LanguageModel = log
    ? wrapLanguageModel({ model: bare, middleware: auditMiddleware(log) })
    : bare
  return {
    call: () => generateText({ model, messages }),
    stream: () => streamText({ model, messages }).textStream
  }
}

const ollama = (wrap: (client: Ollama) => Ollama): Use => {
  const client = wrap(new Ollama({ fetch: cannedFetch('ollama', 'chat', 'chat-streamed') }))
  return {
    call: () => client.chat({ model: 'm', messages }),
    stream: () => client.chat({ model: 'm', messages, stream: true })
  }
}

const google = (wrap: (client: GoogleGenAI) => GoogleGenAI): Use => {
  const fetch = cannedFetch('google-genai', 'plain', 'streamed')
  const client = wrap(new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } }))
  const params = { model: 'm', contents: 'Weather in Rome and Oslo?' }
  return {
    call: () => client.models.generateContent(params),
    stream: () => client.models.generateContentStream(params)
  }
}

const mistral = (wrap: (client: Mistral) => Mistral): Use => {
  const fetch = cannedFetch('mistral', 'plain', 'streamed')
  const fetcher = async (input: unknown) =>
    fetch('http://canned', { body: await (input as Request).text() })
  const client = wrap(new Mistral({ apiKey: 'k', httpClient: new HTTPClient({ fetcher }) }))
  return {
    call: () => client.chat.complete({ model: 'm', messages }),
    stream: () => client.chat.stream({ model: 'm', messages })
  }
}

const plainFetch = (wrap: (fetch: typeof globalThis.fetch) => typeof globalThis.fetch): Use => {
  const fetch = wrap(cannedFetch('fetch', 'llama-cpp', 'llama-cpp-streamed'))
  const ask = (stream: boolean) =>
    fetch('http://canned/completion', {
      method: 'POST',
      body: JSON.stringify({ prompt: 'Every record', stream })
    })
  return {
    call: async () => (await ask(false)).json(),
    stream: async () => (await ask(true)).body ?? []
  } as Use
}

const langchain = (log?: AuditLog): Use => {
  const model = new FakeListChatModel({ responses: ['Rain in Rome and snow in Oslo, as always.'] })
  const callbacks = log ? [auditHandler(log)] : []
  return {
    call: () => model.invoke('Weather in Rome and Oslo?', { callbacks }),
    stream: () => model.stream('Weather in Rome and Oslo?', { callbacks })
  }
}

const mcp = (wrap: (client: Client) => Client): Use => {
  const connecting = connectMcp().then(wrap)
  return { call: async () => (await connecting).callTool({ name: 'weather', arguments: {} }) }
}

async function connectMcp(): Promise<Client> {
  const server = new McpServer({ name: 'weather', version: '1' })
  server.tool('weather', () => ({ content: [{ type: 'text', text: 'rain' }] }))
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  const client = new Client({ name: 'bench', version: '1' })
  await Promise.all([server.connect(theirs), client.connect(ours)])
  return client
}

const webLLM = (engine: CannedEngine): Use => ({
  call: () => engine.chatCompletion({ messages }),
  stream: () => engine.chatCompletion({ messages, stream: true }) as Promise<AsyncIterable<unknown>>
})

/** One row an adapter; a new one costs a few lines here. */
export const adapterBenches: readonly AdapterBench[] = [
  {
    name: 'mcp',
    bare: () => mcp((client) => client),
    wrapped: (log) => mcp((client) => wrapMcpClient(client, log))
  },
  { name: 'langchain', bare: () => langchain(), wrapped: langchain },
  { name: 'ai-sdk', bare: () => aiSdk(), wrapped: aiSdk },
  {
    name: 'openai',
    bare: () => openai((client) => client),
    wrapped: (log) => openai((client) => wrapOpenAI(client, log))
  },
  {
    name: 'openai, responses',
    bare: () => responses((client) => client),
    wrapped: (log) => responses((client) => wrapOpenAI(client, log))
  },
  {
    name: 'anthropic',
    bare: () => anthropic((client) => client),
    wrapped: (log) => anthropic((client) => wrapAnthropic(client, log))
  },
  {
    name: 'bedrock',
    bare: () => bedrock((client) => client),
    wrapped: (log) => bedrock((client) => wrapBedrock(client, log))
  },
  {
    name: 'huggingface',
    bare: () => huggingFace((client) => client),
    wrapped: (log) => huggingFace((client) => wrapHuggingFace(client, log))
  },
  {
    name: 'ollama',
    bare: () => ollama((client) => client),
    wrapped: (log) => ollama((client) => wrapOllama(client, log, { identify: false }))
  },
  {
    name: 'google-genai',
    bare: () => google((client) => client),
    wrapped: (log) => google((client) => wrapGoogleGenAI(client, log))
  },
  {
    name: 'mistral',
    bare: () => mistral((client) => client),
    wrapped: (log) => mistral((client) => wrapMistral(client, log))
  },
  {
    name: 'fetch',
    bare: () => plainFetch((fetch) => fetch),
    wrapped: (log) => plainFetch((fetch) => auditFetch(log, { fetch }))
  },
  {
    name: 'web-llm',
    bare: () => webLLM(cannedEngine()),
    wrapped: (log) => webLLM(wrapWebLLM(cannedEngine(), log))
  },
  {
    name: 'node-llama-cpp',
    bare: () => localModel((completion) => completion),
    wrapped: (log) => localModel((completion) => wrapLlamaCompletion(completion, log))
  },
  {
    name: 'transformers',
    bare: () => transformers((pipe) => pipe),
    wrapped: (log) => transformers((pipe) => wrapPipeline(pipe, log))
  }
]
