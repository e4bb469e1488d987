import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapHuggingFace } from '../src/index.ts'

/** A client as a next major may be: it names itself in its requests alone. */
const client = () => ({
  defaultOptions: {},
  async chatCompletion(params: object, options: { readonly fetch?: typeof fetch } = {}) {
    const headers = { 'User-Agent': '@huggingface/inference/9.1.0 Node.js/24' }
    const request = { method: 'POST', headers, body: JSON.stringify(params) }
    return options.fetch?.('https://router.huggingface.co/v1/chat/completions', request)
  }
})

test('a major that nobody tested is said once, and its calls are recorded', async () => {
  const { log, calls, problems } = memoryLog()
  const fetch = async () => Response.json({ choices: [] })
  for (let count = 0; count < 2; count++) {
    const answer = await wrapHuggingFace(client(), log).chatCompletion({ model: 'm' }, { fetch })
    await answer?.text()
  }
  expect(problems.map(({ code, message }) => [code, message.split(' is ')[0]])).toEqual([
    ['client_untested', '@huggingface/inference 9.1.0']
  ])
  expect(await calls()).toHaveLength(2)
})
