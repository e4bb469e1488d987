import Anthropic from '@anthropic-ai/sdk'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapAnthropic } from '../src/index.ts'

class NextMajor extends Anthropic {
  override getUserAgent(): string {
    return 'Anthropic/JS 9.1.0'
  }
}

test('a major that nobody tested is said once, and its calls are recorded', async () => {
  const { log, calls, problems } = memoryLog()
  const fetch = async () => Response.json({ type: 'message', content: [] })
  for (let count = 0; count < 2; count++) {
    const client = wrapAnthropic(new NextMajor({ apiKey: 'k', fetch }), log)
    await client.messages.create({ model: 'm', max_tokens: 1, messages: [] })
  }
  expect(problems.map(({ code, message }) => [code, message.split(' is ')[0]])).toEqual([
    ['client_untested', '@anthropic-ai/sdk 9.1.0']
  ])
  expect(await calls()).toHaveLength(2)
})
