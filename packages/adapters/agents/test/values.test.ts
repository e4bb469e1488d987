import { testValues } from '@slm-audit/testing/conformance'
import { type AuditTraceProcessor, auditMastraBridge, auditTraceProcessor } from '../src/index.ts'
import { AgentsTracing } from './agents-span.ts'

const usage = { inputTokens: 9_001, outputTokens: 9_002 }

/** A span of the OpenAI Agents SDK whose data are set while it runs. */
function agentsSpan(type: string, given: object, structure: readonly string[] = []) {
  testValues({
    name: `agents: a span of the OpenAI Agents SDK, ${type}`,
    given: [given],
    structure: ['/name', '/input', '/model', '/model_config', ...structure],
    async play(log, [data]) {
      const tracing = new AgentsTracing()
      const processor: AuditTraceProcessor = auditTraceProcessor(log, tracing.getCurrentSpan)
      tracing.add(processor)
      await tracing.span({ type, name: 'weather' }, async (span) => {
        const told = Object.defineProperty(data as object, 'type', { value: type })
        span.data = told as typeof span.data
      })
    }
  })
}

agentsSpan('response', {
  _response: {
    id: 'resp_1',
    model: 'tiny-1',
    status: 'completed',
    output: [
      { type: 'message', content: [{ type: 'output_text', text: 'Rain in Ulm.' }] },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Ulm"}' }
    ],
    usage: { input_tokens: 9_001, output_tokens: 9_002 },
    service_tier: 'flex'
  },
  response_id: 'resp_1'
})
agentsSpan('generation', { output: [{ role: 'assistant', content: 'Rain.' }], usage, seed: 4_004 })
agentsSpan('function', { output: '{"sky":"rain"}', mcp_data: { server: 'sky' } })
agentsSpan('agent', { handoffs: ['expert'], output_type: 'text' })
agentsSpan('guardrail', { triggered: true, reason: 'rude' })
agentsSpan('handoff', { from_agent: 'first', to_agent: 'expert', because: 'rain' })

/** A span of Mastra. */
function mastraSpan(type: string, end: object) {
  testValues({
    name: `agents: a span of Mastra, ${type}`,
    given: [end],
    structure: ['model', 'provider', 'toolCallId'].map((name) => `/attributes/${name}`),
    async play(log, [told]) {
      const bridge = auditMastraBridge(log)
      const span = { id: 'span_1', traceId: 'trace_1', type, name: 'weather' }
      await bridge.exportTracingEvent({ type: 'span_started', exportedSpan: span })
      const ended = Object.defineProperties({ ...span }, Object.getOwnPropertyDescriptors(told))
      await bridge.exportTracingEvent({ type: 'span_ended', exportedSpan: ended })
    }
  })
}

mastraSpan('model_step', {
  output: { text: 'Rain in Ulm.', toolCalls: [{ toolCallId: 'call_1', toolName: 'weather' }] },
  attributes: { usage, finishReason: 'stop', model: 'tiny', stepIndex: 3_003, warnings: ['slow'] },
  metadata: { requestId: 'request_1' }
})
mastraSpan('tool_call', {
  output: { sky: 'rain', celsius: 1_011 },
  attributes: { toolCallId: 'call_1', success: true, toolDescription: 'tells the weather' }
})
mastraSpan('agent_run', { output: { text: 'Rain.', object: { sky: 'rain' } }, attributes: usage })
