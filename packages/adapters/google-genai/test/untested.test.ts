import { GoogleGenAI } from '@google/genai'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapGoogleGenAI } from '../src/index.ts'

test('a major that nobody tested is said once, and its calls are recorded', async () => {
  const { log, calls, problems } = memoryLog()
  const headers = { 'User-Agent': 'google-genai-sdk/9.1.0 gl-node/v24' }
  const fetch = async () => Response.json({ candidates: [] })
  for (let count = 0; count < 2; count++) {
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } })
    const { apiClient } = client as unknown as {
      readonly apiClient: { readonly clientOptions: { readonly httpOptions: { headers: object } } }
    }
    apiClient.clientOptions.httpOptions.headers = headers
    await wrapGoogleGenAI(client, log).models.generateContent({ model: 'm', contents: 'hi' })
  }
  expect(problems.map(({ code, message }) => [code, message.split(' is ')[0]])).toEqual([
    ['client_untested', '@google/genai 9.1.0']
  ])
  expect(await calls()).toHaveLength(2)
})
