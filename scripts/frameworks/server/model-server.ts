// A server of models on loopback that speaks the formats of the providers, each as its documentation has it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, Fields } from './answer.ts'
import { chatCompletion, embeddings } from './chat-completions.ts'
import { cohereChat } from './cohere.ts'
import { generateContent } from './gemini.ts'
import { messages } from './messages.ts'
import { ollamaChat } from './ollama.ts'
import { responses } from './responses.ts'

/** Answers a request of one format. */
type Format = (request: Fields, path: string) => Answer

const FORMATS: readonly (readonly [RegExp, Format])[] = [
  [/\/chat\/completions$/, chatCompletion],
  [/\/embeddings$/, embeddings],
  [/\/responses$/, responses],
  [/\/messages$/, messages],
  [/\/v2\/chat$/, cohereChat],
  [/\/api\/chat$/, ollamaChat],
  [/:(streamGenerate|generate)Content$/, generateContent]
]

/** A server of models, and how many requests to models came so far. */
export interface ModelServer extends AsyncDisposable {
  readonly url: string
  readonly requests: string[]
}

/** Starts it on a free port. */
export async function startModelServer(): Promise<ModelServer> {
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const format = FORMATS.find(([pattern]) => pattern.test(path))?.[1]
    if (format === undefined) return send(response, 404, { error: { message: `no ${path}` } })
    requests.push(path)
    const asked = JSON.parse(await bodyOf(request)) as Fields
    const isSse = path.includes(':stream') && !(request.url ?? '').includes('alt=sse')
    if (isSse) return send(response, 400, { error: { message: 'only alt=sse' } })
    const answer = format(asked, path)
    if ('body' in answer) return send(response, 200, answer.body)
    response.writeHead(200, { 'content-type': answer.contentType })
    for (const piece of answer.pieces) {
      response.write(piece)
      // Pieces come one by one, as from a model.
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString() || '{}'
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1' })
  response.end(JSON.stringify(body))
}
