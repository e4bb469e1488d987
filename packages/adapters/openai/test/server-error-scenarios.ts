import type { AuditedCall } from '@slm-audit/core/reader'
import { collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { chunk, one, params, type Scenario, sse, textOf } from './scenario.ts'

const safe = { filtered: false, severity: 'safe' }
const verdict = { hate: safe, jailbreak: { filtered: true, detected: true } }

/** What servers send where a stream breaks off, after the words `ab`. */
const brokenOff = (
  name: string,
  last: string,
  error: { readonly message: string; readonly code?: string },
  details?: object
): Scenario => ({
  name: `an error in mid-stream, as ${name} tells it`,
  answers: [{ headers: sse, chunks: [chunk('a'), chunk('b'), last] }],
  run: (client) =>
    outcomeOf(async () =>
      collect(await client.chat.completions.create({ ...params, stream: true }))
    ),
  check(calls) {
    const call = one(calls)
    expect([call.stage, textOf(call), call.contents.error]).toEqual(['error', 'ab', error.message])
    expect(call.record.outcome?.code).toBe(error.code)
    if (details) expect(call.contents.details).toMatchObject(details)
  }
})

const event = (body: object) => `data: ${JSON.stringify(body)}\n\n`
const end = (delta: object, finish_reason: string) => ({
  id: 'c1',
  choices: [{ index: 0, delta, finish_reason }]
})

/** Errors of servers that speak OpenAI's format, each against the unwrapped client. */
export const serverErrorScenarios: readonly Scenario[] = [
  {
    name: 'a prompt that Azure’s filter refuses',
    answers: [
      {
        status: 400,
        headers: { 'apim-request-id': 'req-a' },
        chunks: [
          JSON.stringify({
            error: {
              message: 'The response was filtered.',
              type: null,
              param: 'prompt',
              code: 'content_filter',
              status: 400,
              innererror: {
                code: 'ResponsibleAIPolicyViolation',
                content_filter_result: verdict
              }
            }
          })
        ]
      }
    ],
    run: (client) => outcomeOf(() => client.chat.completions.create(params) as never),
    check(calls: AuditedCall[]) {
      const { record, contents, stage } = one(calls)
      expect([stage, record.outcome?.status, record.outcome?.code]).toEqual([
        'error',
        400,
        'content_filter'
      ])
      expect(record.response?.details).toEqual({ content_filter_result: verdict })
      expect(contents.error).toBe('The response was filtered.')
    }
  },
  brokenOff(
    'OpenRouter',
    event({
      ...end({ content: '' }, 'error'),
      error: { code: 502, message: 'gone', metadata: { error_type: 'provider_unavailable' } }
    }),
    { message: 'gone', code: '502' },
    { error_type: 'provider_unavailable' }
  ),
  brokenOff(
    'LM Studio',
    `event: error\n${event({ error: { message: 'too long' }, message: 'too long' })}`,
    { message: 'too long' }
  ),
  brokenOff(
    'Groq',
    event({ ...end({}, 'stop'), x_groq: { id: 'req_1', error: 'over capacity' } }),
    {
      message: 'over capacity'
    }
  ),
  brokenOff('llama.cpp', event({ error: { code: 500, message: 'slot', type: 'server_error' } }), {
    message: 'slot',
    code: '500'
  })
]
