import { MockLanguageModelV4 } from 'ai/test'

const usage = {
  inputTokens: { total: 9, noCache: 9, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 4, text: 4, reasoning: 0 }
}

/** Stands in for a model: asks for the tool, then answers. */
export const scriptedModel = new MockLanguageModelV4({
  provider: 'scripted',
  doGenerate: [
    {
      content: [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'weather', input: '{}' }],
      finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
      usage,
      warnings: []
    },
    {
      content: [{ type: 'text', text: 'Rain at 11 °C.' }],
      finishReason: { unified: 'stop', raw: 'stop' },
      usage,
      warnings: []
    }
  ]
})
