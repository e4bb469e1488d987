import { HTTPClient as AzureHttp, MistralAzure } from '@mistralai/mistralai-azure'
import { HTTPClient as GcpHttp, MistralGCP } from '@mistralai/mistralai-gcp'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapMistral } from '../src/index.ts'

const choice = {
  index: 0,
  finish_reason: 'stop',
  message: { role: 'assistant', content: 'a' }
}
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'm', usage }
const messages = [{ role: 'user' as const, content: 'hi' }]

/** A fetch that answers, and notes where it was asked. */
function noting() {
  const asked: string[] = []
  const fetcher = async (input: RequestInfo | URL) => {
    asked.push(input instanceof Request ? input.url : String(input))
    const headers = { 'mistral-correlation-id': 'corr-1' }
    return Response.json({ ...answer, choices: [choice] }, { headers })
  }
  return { asked, fetcher }
}

test("Azure's client", async () => {
  const { log, calls, problems } = memoryLog()
  const { asked, fetcher } = noting()
  const make = () => {
    const httpClient = new AzureHttp({ fetcher })
    return new MistralAzure({ apiKey: 'k', endpoint: 'https://a.models.ai.azure.com', httpClient })
  }
  const client = wrapMistral(make(), log)
  expect(client).toBeInstanceOf(MistralAzure)
  const told = await client.chat.complete({ model: 'mistral-small', messages })
  expect(told).toEqual(await make().chat.complete({ model: 'mistral-small', messages }))
  expect(asked[0]).toBe(asked[1])
  const recorded = await calls()
  expect(recorded.map(({ record: { call } }) => call)).toMatchObject([
    { operation: 'chat', provider: 'azure.ai.inference', model: 'mistral-small' }
  ])
  expect(recorded[0]?.record.response).toMatchObject({ id: 'c', requestId: 'corr-1' })
  expect(problems).toEqual([])
})

test("Google Cloud's client, whose paths say the model", async () => {
  const { log, calls, problems } = memoryLog()
  const { asked, fetcher } = noting()
  const make = () => {
    const httpClient = new GcpHttp({ fetcher })
    return new MistralGCP({ apiKey: 'k', projectId: 'p', region: 'europe-west4', httpClient })
  }
  const client = wrapMistral(make(), log)
  expect(client).toBeInstanceOf(MistralGCP)
  const told = await client.chat.complete({ model: 'mistral-small-2503', messages })
  expect(told).toEqual(await make().chat.complete({ model: 'mistral-small-2503', messages }))
  expect(asked[0]).toBe(asked[1])
  await client.fim.complete({ model: 'codestral-2501', prompt: 'def', suffix: 'x' })
  const recorded = await calls()
  expect(recorded.map(({ record: { call } }) => call)).toMatchObject([
    { operation: 'chat', provider: 'gcp.vertex_ai', model: 'mistral-small-2503' },
    { operation: 'text_completion', provider: 'gcp.vertex_ai', model: 'codestral-2501' }
  ])
  expect(recorded[1]?.contents.input).toEqual({ prompt: 'def', suffix: 'x' })
  expect(problems).toEqual([])
})
