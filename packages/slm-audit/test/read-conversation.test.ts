import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { AuditedCall } from '@slm-audit/core/reader'
import { expect, test } from 'vitest'
import { readConversation } from '../src/export/read-conversation.ts'

/** What was recorded of the clients of local models, by `<client>/<case>`. */
const recorded = new Map(
  ['node-llama-cpp', 'ollama', 'transformers', 'web-llm'].flatMap((client) => {
    const folder = new URL(`../../adapters/${client}/fixtures/`, import.meta.url).pathname
    return globSync(`${folder}*/expected.json`).map((file) => {
      const name = `${client}/${basename(dirname(file))}`
      return [name, JSON.parse(readFileSync(file, 'utf8')) as AuditedCall['record']] as const
    })
  })
)
const talks = [...recorded].filter(([, { call }]) =>
  ['chat', 'text_completion'].includes(call?.operation ?? '')
)

const conversationOf = (name: string) =>
  readConversation(recorded.get(name) as unknown as AuditedCall)

// Its prompt is token ids: an example without what was asked would be none.
test.each(talks.map(([name]) => name).filter((name) => name !== 'transformers/generate'))(
  '%s becomes an example',
  (name) => {
    const conversation = conversationOf(name)
    expect(conversation?.prompt.at(-1)).toMatchObject({ role: 'user', content: expect.any(String) })
    const { content, toolCalls = [] } = conversation?.answer ?? {}
    expect(`${content ?? ''}${toolCalls.map(({ name }) => name)}`).not.toBe('')
  }
)

test('what a chat of node-llama-cpp asked, thought and answered', () => {
  expect(conversationOf('node-llama-cpp/thoughts')).toEqual({
    prompt: [
      { role: 'system', content: '' },
      { role: 'user', content: 'What does an audit log keep?' }
    ],
    answer: { role: 'assistant', content: expect.stringMatching(/^ log keeps .* answered\.$/) },
    reasoning: ' log keeps every prompt, every'
  })
})

test('an answer that calls a function is an example up to the call', () => {
  expect(conversationOf('node-llama-cpp/functions')?.answer).toEqual({
    role: 'assistant',
    content: ' log',
    toolCalls: [{ name: 'look_up', arguments: '{"n":1}' }]
  })
})
