import { expect } from 'vitest'
import { helpersOf } from './clients.ts'
import { body, ended, messages, one, params, plain, type Scenario, textOf } from './scenario.ts'

export const plainScenarios: readonly Scenario[] = [
  {
    name: 'plain',
    answers: [plain],
    run: (client) => client.chat.completions.create(params),
    check(calls) {
      const call = one(calls)
      expect(textOf(call)).toBe('yes')
      expect(call.record.response).toMatchObject({
        requestId: 'req-1',
        usage: { inputTokens: 3, outputTokens: 2 }
      })
      expect(call.contents.input).toEqual(messages)
      expect(call.record.call?.client?.name).toBe('OpenAI/JS')
    }
  },
  {
    name: '.withResponse()',
    answers: [plain],
    async run(client) {
      const { data, response, request_id } = await client.chat.completions
        .create(params)
        .withResponse()
      return { data, status: response.status, request_id, url: response.url.length > 0 }
    },
    check: ended('complete', 'yes')
  },
  {
    name: '.asResponse(), body read by the application',
    answers: [plain],
    async run(client) {
      const response = await client.chat.completions.create(params).asResponse()
      return [
        response.constructor.name,
        response.bodyUsed,
        await response.text(),
        response.bodyUsed
      ]
    },
    check: ended('complete', 'yes')
  },
  {
    name: '.asResponse(), cloned and read twice',
    answers: [plain],
    async run(client) {
      const response = await client.chat.completions.create(params).asResponse()
      return [await response.clone().json(), await response.text()]
    },
    check: ended('complete', 'yes')
  },
  {
    name: '.parse()',
    answers: [{ ...plain, chunks: [body('{"a":1}')] }],
    async run(client) {
      const schema = { name: 'x', schema: { type: 'object' } }
      const response_format = { type: 'json_schema' as const, json_schema: schema }
      return helpersOf(client).parse({ ...params, response_format })
    },
    check: ended('complete', '{"a":1}')
  }
]
