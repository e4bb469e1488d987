import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Span {
  readonly name: string
  readonly traceId: string
  readonly attributes: readonly { readonly key: string; readonly value: { stringValue?: string } }[]
}

/** The smallest receiver of OTLP over HTTP in JSON: keeps spans, takes everything else. */
export async function receiver() {
  const spans: Span[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const { resourceSpans = [] } = JSON.parse(Buffer.concat(parts).toString())
    for (const { scopeSpans } of resourceSpans) {
      for (const scoped of scopeSpans) spans.push(...scoped.spans)
    }
    response.setHeader('content-type', 'application/json')
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    spans,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
