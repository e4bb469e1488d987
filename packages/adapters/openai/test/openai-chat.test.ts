import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import { openaiChat } from '../src/openai-chat.ts'

for (const name of ['plain', 'streamed']) {
  testProtocol(openaiChat, new URL(`../fixtures/${name}/`, import.meta.url))
}
test('a journal finds the protocol in the package, and a copy is not taken for it', async () => {
  const { home } = openaiChat
  const exported = await import(home?.module() ?? '')
  expect(exported.openaiChat.name).toBe('openai.chat')
  expect([openaiChat, { ...openaiChat }].map((each) => home?.is(each))).toEqual([true, false])
})
