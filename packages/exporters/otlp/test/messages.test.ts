import { describe, expect, test } from 'vitest'
import { inputMessages, outputMessages, toolDefinitions } from '../src/out/messages.ts'

const text = (content: string) => ({ type: 'text', content })
const call = { type: 'tool_call', id: 'c1', name: 'look', arguments: { at: 1 } }
const response = { type: 'tool_call_response', id: 'c1', response: 'a cat' }

/** The same talk in the shapes of many providers. */
const inputs: { readonly [name: string]: unknown } = {
  'OpenAI chat': [
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }
      ]
    },
    { role: 'tool', tool_call_id: 'c1', content: 'a cat' }
  ],
  Anthropic: {
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'c1', name: 'look', input: { at: 1 } }]
      },
      { role: 'tool', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'a cat' }] }
    ]
  },
  'Google contents': {
    contents: [
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'look', args: { at: 1 } } }] },
      { role: 'tool', parts: [{ functionResponse: { id: 'c1', name: 'look', response: 'a cat' } }] }
    ]
  },
  Bedrock: {
    messages: [
      { role: 'user', content: [{ text: 'Hi' }] },
      {
        role: 'assistant',
        content: [{ toolUse: { toolUseId: 'c1', name: 'look', input: { at: 1 } } }]
      },
      { role: 'tool', content: [{ toolResult: { toolUseId: 'c1', content: 'a cat' } }] }
    ]
  },
  'AI SDK': [
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    {
      role: 'assistant',
      content: [{ type: 'tool-call', toolCallId: 'c1', toolName: 'look', input: { at: 1 } }]
    },
    {
      role: 'tool',
      content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'look', output: 'a cat' }]
    }
  ],
  'OpenTelemetry itself': [
    { role: 'user', parts: [text('Hi')] },
    { role: 'assistant', parts: [call] },
    { role: 'tool', parts: [response] }
  ]
}

test.each(Object.entries(inputs))('input of %s', (_name, input) => {
  expect(inputMessages(input)).toEqual({
    messages: [
      { role: 'user', parts: [text('Hi')] },
      { role: 'assistant', parts: [call] },
      { role: 'tool', parts: [response] }
    ]
  })
})

test('input of OpenAI Responses: items without a role are parts', () => {
  const input = [
    { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":1}' },
    { type: 'function_call_output', call_id: 'c1', output: 'a cat' }
  ]
  const { messages, instructions } = inputMessages({ instructions: 'Be brief.', input })
  expect(instructions).toEqual([text('Be brief.')])
  expect(messages[0]).toEqual({ role: 'user', parts: [text('Hi')] })
  expect(messages.slice(1).flatMap(({ parts }) => parts)).toEqual([call, response])
})

test('a prompt, alone or beside instructions', () => {
  expect(inputMessages('Hi')).toEqual({ messages: [{ role: 'user', parts: [text('Hi')] }] })
  expect(inputMessages({ system: [{ type: 'text', text: 'Be brief.' }], prompt: 'Hi' })).toEqual({
    instructions: [text('Be brief.')],
    messages: [{ role: 'user', parts: [text('Hi')] }]
  })
  expect(inputMessages({ systemInstruction: { parts: [{ text: 'S' }] }, contents: 'Hi' })).toEqual({
    instructions: [text('S')],
    messages: [{ role: 'user', parts: [text('Hi')] }]
  })
  expect(inputMessages(undefined)).toEqual({ messages: [] })
})

describe('output', () => {
  const yes = [{ role: 'assistant', parts: [text('Yes')] }]
  test.each([
    ['a text', 'Yes'],
    ['a message', { role: 'assistant', content: 'Yes' }],
    [
      'OpenAI choices',
      [{ index: 0, message: { role: 'assistant', content: 'Yes' }, finish_reason: 'stop' }]
    ],
    ['OpenAI completions', [{ index: 0, text: 'Yes', finish_reason: 'stop' }]],
    ['a whole answer', { id: 'x', choices: [{ message: { role: 'assistant', content: 'Yes' } }] }],
    ['Anthropic blocks', [{ type: 'text', text: 'Yes' }]],
    [
      'Google candidates',
      { candidates: [{ content: { role: 'model', parts: [{ text: 'Yes' }] } }] }
    ],
    [
      'Responses items',
      [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yes' }] }]
    ]
  ])('%s', (_name, output) => {
    expect(outputMessages(output)).toEqual(yes)
  })

  test('every choice is a message of its own', () => {
    const choices = ['a', 'b'].map((content) => ({ message: { role: 'assistant', content } }))
    expect(outputMessages(choices)).toHaveLength(2)
    expect(outputMessages(['a', 'b'])).toHaveLength(2)
  })

  test('reasoning comes first, once', () => {
    const reasoning = { type: 'reasoning', content: 'hm' }
    const first = [{ role: 'assistant', parts: [reasoning, text('Yes')] }]
    expect(outputMessages('Yes', 'hm')).toEqual(first)
    const inBlocks = [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'Yes' }
    ]
    expect(outputMessages(inBlocks, 'hm')).toEqual(first)
    const inMessage = [{ message: { role: 'assistant', reasoning_content: 'hm', content: 'Yes' } }]
    expect(outputMessages(inMessage, 'hm')).toEqual(first)
    const google = {
      candidates: [{ content: { parts: [{ text: 'hm', thought: true }, { text: 'Yes' }] } }]
    }
    expect(outputMessages(google, 'hm')).toEqual(first)
    const nodeLlamaCpp = [{ type: 'segment', segmentType: 'thought', text: 'hm' }, 'Yes']
    expect(outputMessages(nodeLlamaCpp, 'hm')).toEqual(first)
    expect(outputMessages({ response: 'Yes', thinking: 'hm' }, 'hm')).toEqual(first)
  })

  test('runtimes in process', () => {
    const history = [
      { type: 'user', text: 'Hi' },
      { type: 'model', response: [{ type: 'functionCall', name: 'look', params: { at: 1 } }] }
    ]
    expect(inputMessages(history).messages).toEqual([
      { role: 'user', parts: [text('Hi')] },
      {
        role: 'assistant',
        parts: [{ type: 'tool_call', name: 'look', arguments: { at: 1 } }]
      }
    ])
    const message = { role: 'assistant', content: 'Yes' }
    const answer = [{ role: 'assistant', parts: [text('Yes')] }]
    expect(outputMessages([{ generated_text: 'Yes' }])).toEqual(answer)
    expect(outputMessages([{ generated_text: [message] }])).toEqual(answer)
  })
})

test.each([
  [
    'OpenAI image',
    { type: 'image_url', image_url: { url: 'https://a.test/i.png' } },
    { type: 'uri', modality: 'image', uri: 'https://a.test/i.png' }
  ],
  [
    'data URL',
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' }
  ],
  [
    'Anthropic document',
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
    { type: 'blob', modality: 'document', mime_type: 'application/pdf', content: 'AAAA' }
  ],
  [
    'Google file',
    { fileData: { fileUri: 'gs://a', mimeType: 'video/mp4' } },
    { type: 'uri', modality: 'video', mime_type: 'video/mp4', uri: 'gs://a' }
  ],
  [
    'audio',
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    { type: 'blob', modality: 'audio', mime_type: 'audio/wav', content: 'AAAA' }
  ],
  [
    'what is not known stays as it is',
    { type: 'search_result', url: 'u' },
    { type: 'search_result', url: 'u' }
  ]
])('%s', (_name, block, part) => {
  expect(inputMessages([{ role: 'user', content: [block] }]).messages[0]?.parts).toEqual([part])
})

test('tool definitions, whoever wraps them', () => {
  const look = { type: 'function', name: 'look', description: 'd', parameters: { type: 'object' } }
  const { type, parameters, ...named } = look
  expect(toolDefinitions([{ type, function: { ...named, parameters } }])).toEqual([look])
  expect(toolDefinitions([{ ...named, input_schema: parameters }])).toEqual([look])
  expect(toolDefinitions([{ functionDeclarations: [{ ...named, parameters }] }])).toEqual([look])
  expect(toolDefinitions({ look: { description: 'd', parameters } })).toEqual([look])
  expect(toolDefinitions('none')).toEqual([])
})
