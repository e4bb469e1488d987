import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'

/** What every stand-in answers. */
export const ANSWER = 'Refunds take five days.'

const words = ANSWER.split(/(?<= )/)
const EVENTS = 'text/event-stream'

/** A server that answers in every format that the examples ask in. */
export interface StandInServer extends AsyncDisposable {
  readonly url: string
}

/** Starts a server over HTTP/1.1, for all clients but Bedrock's. */
export async function standInServer(): Promise<StandInServer> {
  return await listening(createServer(answer))
}

/** Starts a server over HTTP/2 without TLS, which Bedrock's client speaks. */
export async function standInBedrock(): Promise<StandInServer> {
  const message = { role: 'assistant', content: [{ text: ANSWER }] }
  const body = {
    output: { message },
    stopReason: 'end_turn',
    usage: tokens('inputTokens', 'outputTokens')
  }
  const server = createHttp2Server((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  })
  return await listening(server)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume()
  const [path = ''] = (request.url ?? '').split('?')
  const [, [type, body] = []] = Object.entries(ANSWERS).find(([end]) => path.endsWith(end)) ?? []
  if (type === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
  else response.writeHead(200, { 'content-type': type }).end(body)
}

const ANSWERS: { readonly [path: string]: readonly [type: string, body: string] } = {
  '/chat/completions': [EVENTS, `${events(chunks())}data: [DONE]\n\n`],
  '/v1/messages': [EVENTS, named(messages())],
  '/completion': ['application/json', JSON.stringify({ content: ANSWER, stop: true })],
  ':streamGenerateContent': [EVENTS, events(candidates())],
  '/v2/chat': [EVENTS, named(contents())],
  '/api/chat': ['application/x-ndjson', lines()]
}

function chunks(): object[] {
  const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'tiny' }
  const choice = (delta: object, reason: string | null = null) => ({
    ...base,
    choices: [{ index: 0, delta, finish_reason: reason }]
  })
  const said = words.map((content) => choice({ role: 'assistant', content }))
  const usage = { ...tokens('prompt_tokens', 'completion_tokens'), total_tokens: 13 }
  return [...said, { ...choice({}, 'stop'), usage }]
}

function messages(): { type: string }[] {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'tiny',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: tokens('input_tokens', 'output_tokens')
  }
  const deltas = words.map((text) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text }
  }))
  return [
    { type: 'message_start', message } as { type: string },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as {
      type: string
    },
    ...deltas,
    { type: 'content_block_stop', index: 0 } as { type: string },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 5 }
    } as { type: string },
    { type: 'message_stop' }
  ]
}

function contents(): { type: string }[] {
  const at = (content: object) => ({ index: 0, delta: { message: { content } } })
  const usage = { tokens: tokens('input_tokens', 'output_tokens') }
  return [
    { type: 'content-start', ...at({ type: 'text', text: '' }) },
    ...words.map((text) => ({ type: 'content-delta', ...at({ text }) })),
    { type: 'message-end', ...{ delta: { finish_reason: 'COMPLETE', usage } } }
  ]
}

function candidates(): object[] {
  return words.map((text, index) => ({
    candidates: [
      {
        content: { role: 'model', parts: [{ text }] },
        ...(index === words.length - 1 && { finishReason: 'STOP' })
      }
    ],
    modelVersion: 'tiny'
  }))
}

function lines(): string {
  const base = { model: 'tiny', created_at: '2026-01-01T00:00:00Z' }
  const said = words.map((content) => ({
    ...base,
    message: { role: 'assistant', content },
    done: false
  }))
  const end = {
    ...base,
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: 'stop',
    ...tokens('prompt_eval_count', 'eval_count')
  }
  return [...said, end].map((line) => `${JSON.stringify(line)}\n`).join('')
}

function tokens(asked: string, answered: string): { readonly [name: string]: number } {
  return { [asked]: 8, [answered]: 5 }
}

function events(data: readonly object[]): string {
  return data.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')
}

function named(data: readonly { readonly type: string }[]): string {
  return data.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('')
}

interface Server {
  listen(port: number, host: string, listening: () => void): unknown
  address(): AddressInfo | string | null
  close(closed: () => void): unknown
}

async function listening(server: Server): Promise<StandInServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(resolve))
    }
  }
}
