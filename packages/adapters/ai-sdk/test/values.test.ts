import type { AuditLog } from '@slm-audit/core'
import { collect, testValues } from '@slm-audit/testing/conformance'
import { auditEmbeddingModel, auditMiddleware, auditTelemetry } from '../src/index.ts'

const metadata = { provider: { logprobs: [{ token: 'Rain', logprob: -0.25 }], cost: 1.25 } }
const usage = {
  inputTokens: { total: 9_001, noCache: 9_000, cacheRead: 1_001 },
  outputTokens: { total: 9_002, reasoning: 2_002 },
  raw: { prompt_tokens: 9_001 }
}
const whole = {
  content: [
    { type: 'reasoning', text: 'They ask for rain.', providerMetadata: { a: { signature: 's1' } } },
    { type: 'text', text: 'Rain in Ulm.' },
    { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: '{"city":"Ulm"}' },
    { type: 'source', sourceType: 'url', id: 'source_1', url: 'https://rain.example', title: 'Sky' }
  ],
  finishReason: { unified: 'stop', raw: 'end_turn' },
  usage,
  providerMetadata: metadata,
  response: { id: 'answer_1', modelId: 'tiny-1', headers: { server: 's' }, body: { extra: 'yes' } },
  request: { body: 'sent' },
  warnings: [{ type: 'unsupported-setting', setting: 'topK', details: 'ignored' }]
}
const model = { provider: 'test', modelId: 'tiny' }
const structure = ['/request', '/response/headers', '/finishReason/unified']

testValues({
  name: 'ai-sdk: what a language model gives',
  given: [whole],
  structure,
  play: (log, [result]) =>
    auditMiddleware(log).wrapGenerate({ doGenerate: async () => result, params: {}, model })
})

testValues({
  name: 'ai-sdk: the parts of a stream',
  given: [
    { type: 'stream-start', warnings: [{ type: 'other', message: 'slow' }] },
    { type: 'response-metadata', id: 'answer_1', modelId: 'tiny-1', timestamp: '2026-01-02' },
    { type: 'reasoning-start', id: 'r1' },
    { type: 'reasoning-delta', id: 'r1', delta: 'They ask for rain.' },
    { type: 'reasoning-end', id: 'r1', providerMetadata: { a: { signature: 's1' } } },
    { type: 'text-start', id: 't1' },
    { type: 'text-delta', id: 't1', delta: 'Rain in ' },
    { type: 'text-delta', id: 't1', delta: 'Ulm.' },
    { type: 'text-end', id: 't1' },
    { type: 'tool-input-start', id: 'call_1', toolName: 'weather' },
    { type: 'tool-input-delta', id: 'call_1', delta: '{"city":"Ulm"}' },
    { type: 'tool-input-end', id: 'call_1' },
    { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: '{"city":"Ulm"}' },
    { type: 'raw', rawValue: { words: 'as they came' } },
    { type: 'finish', finishReason: whole.finishReason, usage, providerMetadata: metadata }
  ],
  isStream: true,
  structure: [...structure, '/id'],
  async play(log, parts) {
    const doStream = async () => ({ stream: streamOf(parts) })
    const { stream } = await auditMiddleware(log).wrapStream({ doStream, params: {}, model })
    await collect(stream)
  }
})

testValues({
  name: 'ai-sdk: what an embedding model gives',
  given: [
    {
      embeddings: [[0.125, 0.5]],
      usage: { tokens: 9_001 },
      providerMetadata: { provider: { cost: 1.25 } },
      warnings: ['slow'],
      response: { headers: { server: 's' }, body: { data: [[0.125, 0.5]] } }
    }
  ],
  structure: [...structure, '/response/body'],
  play: (log, [result]) =>
    auditEmbeddingModel({ ...model, doEmbed: async () => result }, log).doEmbed()
})

testValues({
  name: 'ai-sdk: what a tool gives',
  given: [{ rain: true, celsius: 1_011, place: { name: 'Ulm' } }],
  play: (log, [output]) => toolRun(log, output)
})

function streamOf(parts: readonly unknown[]): ReadableStream<unknown> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    }
  })
}

/** A tool's run as AI SDK 7 tells of it. */
async function toolRun(log: AuditLog, output: unknown): Promise<void> {
  const telemetry = auditTelemetry(log)
  const toolCall = { toolCallId: 'call_1', toolName: 'weather', input: {} }
  telemetry.onStart({ callId: 'c1', operationId: 'ai.generateText' })
  const execute = async () => output
  await telemetry.executeTool({ callId: 'c1', toolCallId: 'call_1', toolCall, execute })
  const toolOutput = { type: 'tool-result', output }
  telemetry.onToolExecutionEnd({ callId: 'c1', toolCall, toolOutput })
}
