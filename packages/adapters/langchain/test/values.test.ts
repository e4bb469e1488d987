import { testValues } from '@slm-audit/testing/conformance'
import { auditHandler } from '../src/index.ts'

const message = {
  type: 'ai',
  lc_namespace: ['langchain_core', 'messages'],
  content: 'Rain in Ulm.',
  id: 'chatcmpl-1',
  name: 'weatherman',
  additional_kwargs: { refusal: 'none', reasoning_content: 'They ask for rain.' },
  response_metadata: {
    model_name: 'tiny-1',
    finish_reason: 'stop',
    system_fingerprint: 'fp_1',
    tokenUsage: { promptTokens: 9_001, completionTokens: 9_002 }
  },
  tool_calls: [{ id: 'call_1', name: 'weather', args: { city: 'Ulm', days: 3_003 } }],
  invalid_tool_calls: [{ id: 'call_2', name: 'tides', args: '{"city":', error: 'cut off' }],
  usage_metadata: { input_tokens: 9_001, output_tokens: 9_002, total_tokens: 18_003 }
}

testValues({
  name: 'langchain: what a chat model gives',
  given: [
    {
      generations: [[{ text: 'Rain in Ulm.', message, generationInfo: { index: 0, logit: 7.5 } }]],
      llmOutput: { tokenUsage: { promptTokens: 9_001 }, estimated: 'no' }
    }
  ],
  structure: ['/generations/message/lc_namespace'],
  play(log, [result]) {
    const handler = auditHandler(log)
    handler.handleChatModelStart({}, [[{ content: 'Rain?' }]], 'run-1')
    return handler.handleLLMEnd(result, 'run-1')
  }
})

testValues({
  name: 'langchain: what a graph gives',
  given: [{ messages: [message], score: 8_001, notes: { mood: 'wet' } }],
  structure: ['/messages/lc_namespace'],
  play(log, [outputs]) {
    const handler = auditHandler(log)
    handler.handleChainStart({}, {}, 'run-1')
    return handler.handleChainEnd(outputs, 'run-1')
  }
})

testValues({
  name: 'langchain: what a tool gives',
  given: [{ rain: true, celsius: 1_011, place: { name: 'Ulm' } }],
  play(log, [output]) {
    const handler = auditHandler(log)
    handler.handleToolStart({}, '{}', 'run-1')
    return handler.handleToolEnd(output, 'run-1')
  }
})
