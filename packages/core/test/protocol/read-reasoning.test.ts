import { describe, expect, test } from 'vitest'
import { readReasoning } from '../../src/protocol/readers/read-reasoning.ts'
import { splitThinking } from '../../src/protocol/readers/split-thinking.ts'

describe('splitting a text at its reasoning tags', () => {
  test.each([
    ['<think>a</think>b', '<think>', ['a'], 'b'],
    ['<think>a</think>b<think>c', '<think>', ['a', 'c'], 'b'],
    ['hm</think>b', '<think>', ['hm'], 'b'],
    ['[THINK]a[/THINK]b', '[THINK]', ['a'], 'b'],
    ['x<thinking>a <think> b</thinking>', '<thinking>', ['a <think> b'], 'x'],
    ['<think>cut</thi', '<think>', ['cut</thi'], '']
  ])('%s', (text, tag, inside, rest) => {
    const split = splitThinking(text)
    expect(split?.tag).toBe(tag)
    expect(split?.spans.map((span) => span.text)).toEqual(inside)
    expect(split?.rest).toBe(rest)
    for (const { start, end, text: said } of split?.spans ?? []) {
      expect(text.slice(start, end)).toBe(said)
    }
  })

  test('leaves other texts alone', () => {
    expect(splitThinking('I think> so')).toBeUndefined()
    expect(splitThinking('plain')).toBeUndefined()
  })
})

describe('reasoning, whichever way a provider gives it', () => {
  const at = (message: number, part?: number) =>
    part === undefined ? { message } : { message, part }

  test.each<[string, unknown, object]>([
    [
      'thinking that is not shown',
      { content: [{ type: 'thinking', thinking: '', signature: 's' }] },
      { source: 'thinking', blocks: 1, spans: [at(0, 0)], signatures: ['s'], encrypted: true }
    ],
    [
      'thinking that has only begun',
      { content: [{ type: 'thinking', thinking: '', signature: '' }] },
      { source: 'thinking', blocks: 1, spans: [at(0, 0)] }
    ],
    [
      'a member',
      { content: 'x', reasoning_content: 'hm' },
      { source: 'reasoning_content', blocks: 1, spans: [at(0)], text: 'hm' }
    ],
    [
      'Ollama',
      { content: 'x', thinking: 'hm' },
      { source: 'thinking', blocks: 1, spans: [at(0)], text: 'hm' }
    ],
    [
      'Anthropic blocks',
      {
        content: [
          { type: 'thinking', thinking: 'a', signature: 'S1' },
          { type: 'redacted_thinking', data: 'xyz' },
          { type: 'text', text: 'b' }
        ]
      },
      {
        source: 'thinking',
        blocks: 2,
        spans: [at(0, 0), at(0, 1)],
        signatures: ['S1'],
        encrypted: true,
        text: 'a'
      }
    ],
    [
      'a Responses item',
      {
        type: 'reasoning',
        id: 'r',
        summary: [
          { type: 'summary_text', text: 'a' },
          { type: 'summary_text', text: 'b' }
        ],
        encrypted_content: 'zz'
      },
      { source: 'reasoning', blocks: 1, spans: [at(0)], encrypted: true, text: 'a\nb' }
    ],
    [
      'Gemini parts',
      { parts: [{ thought: true, text: 'a', thoughtSignature: 'S' }, { text: 'b' }] },
      { source: 'thought', blocks: 1, spans: [at(0, 0)], signatures: ['S'], text: 'a' }
    ],
    [
      'Bedrock',
      {
        content: [
          { reasoningContent: { reasoningText: { text: 'a', signature: 'S' } } },
          { text: 'b' }
        ]
      },
      { source: 'reasoningContent', blocks: 1, spans: [at(0, 0)], signatures: ['S'], text: 'a' }
    ],
    [
      'Mistral blocks',
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'a' }] }] },
      { source: 'thinking', blocks: 1, spans: [at(0, 0)], text: 'a' }
    ],
    [
      'OpenRouter, twice the same',
      { reasoning: 'a', reasoning_details: [{ type: 'reasoning.text', text: 'a' }] },
      { source: 'reasoning.text', blocks: 1, spans: [at(0, 0)], text: 'a' }
    ],
    [
      'Gemini, a signature beside a call',
      { parts: [{ text: 'a' }, { functionCall: { name: 'f' }, thoughtSignature: 's' }] },
      {
        source: 'thoughtSignature',
        blocks: 1,
        spans: [at(0, 1)],
        signatures: ['s'],
        encrypted: true
      }
    ],
    [
      'tags',
      { content: '<think>a</think>b' },
      { source: '<think>', blocks: 1, spans: [{ message: 0, start: 7, end: 8 }], text: 'a' }
    ],
    [
      'tags in a block',
      { content: [{ type: 'text', text: '<think>a</think>b' }] },
      {
        source: '<think>',
        blocks: 1,
        spans: [{ message: 0, part: 0, start: 7, end: 8 }],
        text: 'a'
      }
    ]
  ])('%s', (_name, message, expected) => {
    expect(readReasoning([message])).toEqual(expected)
  })

  test('is none where nobody reasoned', () => {
    const none = [null, 1, 'x', {}, { content: 'x', reasoning: null }, { content: [null, 3] }]
    expect(readReasoning(none)).toBeUndefined()
  })
})
