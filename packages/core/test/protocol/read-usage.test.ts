import { expect, test } from 'vitest'
import { readUsage } from '../../src/protocol/readers/read-usage.ts'
import { finishOf } from '../../src/record/finish.ts'

const cases: readonly [string, object, object][] = [
  [
    'OpenAI chat',
    {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4, audio_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0 }
    },
    {
      inputTokens: 10,
      outputTokens: 5,
      totalTokens: 15,
      cacheReadTokens: 4,
      reasoningTokens: 3,
      audioInputTokens: 1,
      audioOutputTokens: 0
    }
  ],
  [
    'OpenAI Responses',
    {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 2 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 1 },
      total_tokens: 15
    },
    { inputTokens: 10, outputTokens: 5, totalTokens: 15, cacheReadTokens: 2, reasoningTokens: 1 }
  ],
  [
    'Anthropic, whose input excludes what is cached',
    {
      input_tokens: 3,
      output_tokens: 5,
      cache_creation_input_tokens: 100,
      cache_read_input_tokens: 2000
    },
    { inputTokens: 3, outputTokens: 5, cacheReadTokens: 2000, cacheWriteTokens: 100 }
  ],
  [
    'Gemini',
    {
      promptTokenCount: 9,
      candidatesTokenCount: 4,
      thoughtsTokenCount: 7,
      totalTokenCount: 20,
      cachedContentTokenCount: 2,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 6 },
        { modality: 'AUDIO', tokenCount: 3 }
      ]
    },
    {
      inputTokens: 9,
      outputTokens: 4,
      reasoningTokens: 7,
      totalTokens: 20,
      cacheReadTokens: 2,
      audioInputTokens: 3
    }
  ],
  [
    "Mistral's client",
    { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
    { inputTokens: 1, outputTokens: 2, totalTokens: 3 }
  ],
  [
    'Bedrock Converse',
    {
      inputTokens: 3,
      outputTokens: 4,
      totalTokens: 7,
      cacheReadInputTokens: 1,
      cacheWriteInputTokens: 0
    },
    { inputTokens: 3, outputTokens: 4, totalTokens: 7, cacheReadTokens: 1, cacheWriteTokens: 0 }
  ],
  ['Ollama', { prompt_eval_count: 26, eval_count: 298 }, { inputTokens: 26, outputTokens: 298 }],
  ['Hugging Face generation', { generated_tokens: 8 }, { outputTokens: 8 }],
  [
    'llama.cpp timings',
    { cache_n: 5, prompt_n: 6, predicted_n: 7, predicted_ms: 1.5 },
    { inputTokens: 6, outputTokens: 7, cacheReadTokens: 5 }
  ],
  [
    'AI SDK 5',
    {
      inputTokens: 1,
      outputTokens: 2,
      totalTokens: 3,
      reasoningTokens: 1,
      cachedInputTokens: undefined
    },
    { inputTokens: 1, outputTokens: 2, totalTokens: 3, reasoningTokens: 1 }
  ],
  [
    'AI SDK 6 and 7',
    {
      inputTokens: 9,
      inputTokenDetails: { noCacheTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 1 },
      outputTokens: 2,
      outputTokenDetails: { textTokens: 1, reasoningTokens: 1 }
    },
    {
      inputTokens: 9,
      outputTokens: 2,
      cacheReadTokens: 3,
      cacheWriteTokens: 1,
      reasoningTokens: 1
    }
  ],
  [
    "AI SDK's provider interface",
    {
      inputTokens: { total: 9, noCache: 6, cacheRead: 3 },
      outputTokens: { total: 2, text: 2, reasoning: 0 }
    },
    { inputTokens: 9, outputTokens: 2, cacheReadTokens: 3, reasoningTokens: 0 }
  ],
  [
    'LangChain',
    {
      input_tokens: 8,
      output_tokens: 2,
      total_tokens: 10,
      input_token_details: { cache_read: 4, cache_creation: 1, audio: 2 },
      output_token_details: { reasoning: 1, audio: 0 }
    },
    {
      inputTokens: 8,
      outputTokens: 2,
      totalTokens: 10,
      cacheReadTokens: 4,
      cacheWriteTokens: 1,
      audioInputTokens: 2,
      reasoningTokens: 1,
      audioOutputTokens: 0
    }
  ]
]

test.each(cases)('reads the usage of %s', (_name, raw, expected) => {
  expect(readUsage(raw)).toEqual({ ...expected, raw })
})

test('keeps what it does not know, and invents nothing', () => {
  const raw = { prompt_tokens: -1, completion_tokens: 1.5, total_tokens: '3.5', credits: 7 }
  expect(readUsage(raw)).toEqual({ raw })
  for (const none of [undefined, null, 3, 'x', []]) expect(readUsage(none)).toBeUndefined()
})

test.each([
  ['STOP', 'stop'],
  ['end_turn', 'stop'],
  ['eogToken', 'stop'],
  ['maxTokens', 'length'],
  ['MAX_TOKENS', 'length'],
  ['tool-calls', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['functionCalls', 'tool_calls'],
  ['SAFETY', 'content_filter'],
  ['guardrail_intervened', 'content_filter'],
  ['abort', 'cancelled'],
  ['pause_turn', 'pause'],
  ['compaction', 'pause'],
  ['CONTINUATION', 'pause'],
  ['ESCALATION', 'content_filter'],
  ['MALFORMED_FUNCTION_CALL', 'error'],
  ['LANGUAGE', 'other'],
  ['toString', 'other']
])('names the finish reason %s as %s', (reason, finish) => {
  expect(finishOf(reason)).toBe(finish)
})
