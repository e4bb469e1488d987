import type { Attributes } from '@opentelemetry/api'

/** What an instrumentation writes into a span. */
export interface Seen {
  readonly start: Attributes
  readonly end?: Attributes
  readonly events?: readonly (readonly [name: string, attributes: Attributes])[]
}

/** Spans as their instrumentations write them, and what the record says then. */
export const dialects: {
  readonly [name: string]: readonly [seen: Seen, record: object, contents: object]
} = {
  'OpenTelemetry, newest': [
    {
      start: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-5',
        'gen_ai.request.temperature': 0.1,
        'gen_ai.request.stream': true,
        'gen_ai.conversation.id': 'c-1',
        'server.address': 'api.openai.com',
        'server.port': 443,
        'gen_ai.system_instructions': '[{"type":"text","content":"Be brief."}]',
        'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]'
      },
      end: {
        'gen_ai.response.model': 'gpt-5-mini',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.response.time_to_first_chunk': 0.25,
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.cache_write.input_tokens': 1,
        'gen_ai.output.messages': [
          { role: 'assistant', parts: [{ type: 'text', content: 'Yes' }] }
        ] as never
      }
    },
    {
      call: {
        operation: 'chat',
        provider: 'openai',
        model: 'gpt-5',
        stream: true,
        settings: { temperature: 0.1 },
        endpoint: { address: 'api.openai.com', port: 443 },
        source: 'opentelemetry'
      },
      context: { conversation: 'c-1' },
      response: {
        model: 'gpt-5-mini',
        finishReasons: ['stop'],
        usage: { inputTokens: 3, cacheWriteTokens: 1 }
      },
      timing: { timeToFirstChunkMs: 250 }
    },
    {
      input: {
        instructions: [{ type: 'text', content: 'Be brief.' }],
        messages: [{ role: 'user', parts: [{ type: 'text', content: 'Hi' }] }]
      },
      output: [{ role: 'assistant', parts: [{ type: 'text', content: 'Yes' }] }]
    }
  ],
  'OpenTelemetry 1.28 to 1.36': [
    {
      start: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.system': 'anthropic',
        'gen_ai.request.model': 'claude',
        'gen_ai.usage.prompt_tokens': 3
      },
      events: [
        ['gen_ai.user.message', { content: 'Hi' }],
        ['gen_ai.choice', { index: 0, finish_reason: 'stop', message: '{"content":"Yes"}' }]
      ]
    },
    {
      call: { provider: 'anthropic', model: 'claude', source: 'opentelemetry' },
      response: { usage: { inputTokens: 3 } }
    },
    {
      // Events come after the start, when what was asked is recorded.
      rest: { input: [{ role: 'user', content: 'Hi' }] },
      output: [{ message: { content: 'Yes' }, finish_reason: 'stop', index: 0 }]
    }
  ],
  OpenLLMetry: [
    {
      start: {
        'llm.request.type': 'chat',
        'gen_ai.system': 'OpenAI',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.request.temperature': 0.5,
        'llm.is_streaming': false,
        'gen_ai.prompt.0.role': 'system',
        'gen_ai.prompt.0.content': 'Be brief.',
        'gen_ai.prompt.1.role': 'user',
        'gen_ai.prompt.1.content': 'Weather?',
        'llm.request.functions.0.name': 'weather',
        'llm.request.functions.0.parameters': '{"type":"object"}'
      },
      end: {
        'gen_ai.response.model': 'gpt-4o-2024',
        'gen_ai.usage.prompt_tokens': 9,
        'gen_ai.usage.completion_tokens': 4,
        'llm.usage.total_tokens': 13,
        'gen_ai.completion.0.role': 'assistant',
        'gen_ai.completion.0.finish_reason': 'tool_calls',
        'gen_ai.completion.0.tool_calls.0.id': 'call_1',
        'gen_ai.completion.0.tool_calls.0.name': 'weather',
        'gen_ai.completion.0.tool_calls.0.arguments': '{}'
      }
    },
    {
      call: {
        operation: 'chat',
        provider: 'openai',
        model: 'gpt-4o',
        stream: false,
        settings: { temperature: 0.5 },
        tools: ['weather'],
        source: 'openllmetry'
      },
      response: {
        model: 'gpt-4o-2024',
        finishReasons: ['tool_calls'],
        usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13 }
      }
    },
    {
      input: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' }
      ],
      tools: [{ name: 'weather', parameters: '{"type":"object"}' }],
      output: [
        {
          role: 'assistant',
          finish_reason: 'tool_calls',
          tool_calls: [{ id: 'call_1', name: 'weather', arguments: '{}' }]
        }
      ]
    }
  ],
  'OpenInference with parts and tools': [
    {
      start: {
        'openinference.span.kind': 'LLM',
        'llm.provider': 'openai',
        'llm.model_name': 'gpt-4o',
        'llm.invocation_parameters': '{"model":"gpt-4o","temperature":0,"stream":true}',
        'session.id': 's-1',
        'llm.input_messages.0.message.role': 'user',
        'llm.input_messages.0.message.contents.0.message_content.type': 'text',
        'llm.input_messages.0.message.contents.0.message_content.text': 'What is it?',
        'llm.input_messages.0.message.contents.1.message_content.type': 'image',
        'llm.input_messages.0.message.contents.1.message_content.image.image.url':
          'https://a.test/i.png',
        'llm.tools.0.tool.json_schema': '{"type":"function","function":{"name":"look"}}'
      },
      end: {
        'llm.output_messages.0.message.role': 'assistant',
        'llm.output_messages.0.message.tool_calls.0.tool_call.id': 'c1',
        'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'look',
        'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': '{}',
        'llm.token_count.prompt': 7,
        'llm.token_count.completion_details.reasoning': 2
      }
    },
    {
      call: {
        operation: 'chat',
        provider: 'openai',
        model: 'gpt-4o',
        stream: true,
        settings: { temperature: 0 },
        tools: ['look'],
        source: 'openinference'
      },
      context: { conversation: 's-1' },
      response: { usage: { inputTokens: 7, reasoningTokens: 2 } }
    },
    {
      input: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: 'https://a.test/i.png' } }
          ]
        }
      ],
      tools: [{ type: 'function', function: { name: 'look' } }],
      output: [
        {
          role: 'assistant',
          tool_calls: [{ id: 'c1', function: { name: 'look', arguments: '{}' } }]
        }
      ]
    }
  ],
  'AI SDK 5': [
    {
      start: {
        'operation.name': 'ai.streamText.doStream',
        'ai.operationId': 'ai.streamText.doStream',
        'ai.model.provider': 'anthropic.messages',
        'ai.model.id': 'claude',
        'gen_ai.system': 'anthropic.messages',
        'gen_ai.request.model': 'claude',
        'gen_ai.request.max_tokens': 10,
        'ai.prompt.messages': '[{"role":"user","content":[{"type":"text","text":"Hi"}]}]',
        'ai.prompt.tools': ['{"type":"function","name":"look"}']
      },
      end: {
        'ai.response.text': 'Yes',
        'ai.response.toolCalls': '[{"toolCallId":"c1","toolName":"look","input":"{}"}]',
        'ai.response.finishReason': 'tool-calls',
        'ai.response.msToFirstChunk': 120,
        'ai.usage.promptTokens': 3,
        'gen_ai.usage.output_tokens': 2
      }
    },
    {
      call: {
        operation: 'chat',
        provider: 'anthropic',
        model: 'claude',
        stream: true,
        settings: { max_tokens: 10 },
        tools: ['look'],
        source: 'ai-sdk'
      },
      response: { finishReasons: ['tool-calls'], usage: { inputTokens: 3, outputTokens: 2 } },
      timing: { timeToFirstChunkMs: 120 }
    },
    {
      input: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      tools: [{ type: 'function', name: 'look' }],
      output: {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Yes' },
          { type: 'tool-call', toolCallId: 'c1', toolName: 'look', input: '{}' }
        ]
      }
    }
  ]
}
