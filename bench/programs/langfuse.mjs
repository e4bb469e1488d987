// Has the newest langfuse SDK see the client's calls, as its documentation says: bench/peers.ts installs it beside
// a copy of this file.
import { observeOpenAI } from '@langfuse/openai'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

let processor

export function observe(client, url) {
  processor = new LangfuseSpanProcessor({ baseUrl: url, publicKey: 'pk', secretKey: 'sk' })
  new NodeTracerProvider({ spanProcessors: [processor] }).register()
  return observeOpenAI(client)
}

export async function flush() {
  await processor.forceFlush()
}
