import { textOf } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import { type ClientScenario, collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { bytesOf, facts, recorded, taskScenarios, type Use } from './task-scenarios.ts'

const busy: Answer = { status: 503, chunks: ['{"error":"Model is loading"}'] }
const events = { 'content-type': 'text/event-stream' }
const stream = bytesOf('chat-streamed/chunks.txt')
const chat = ({ endpointUrl }: Use) => ({
  model: 'm',
  messages: [{ role: 'user', content: 'Hello?' }],
  endpointUrl
})

const tools: readonly ClientScenario<Use>[] = [
  {
    name: 'a streamed call of a tool, with the reasoning before it',
    answers: [{ headers: events, chunks: [bytesOf('chat-tools/chunks.txt')] }],
    run: (use) => collect(use.client.chatCompletionStream(chat(use))),
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'chat', 'openai.chat']])
      expect(calls[0]?.record.response?.toolCalls).toEqual([{ id: 'call_1', name: 'weather' }])
      expect(calls[0]?.contents.reasoning).toBe('A city, one call.')
    }
  }
]

/** How calls end that the client itself leaves without a sign. */
const endings: readonly ClientScenario<Use>[] = [
  {
    name: 'a model that is loading is asked again: one call',
    answers: [busy, recorded('chat')],
    run: (use) => use.client.chatCompletion(chat(use)),
    leavesOpen: true,
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'chat', 'openai.chat']])
      expect(calls[0]?.record.attempts?.map(({ status }) => status)).toEqual([503, 200])
    }
  },
  {
    name: 'a streamed answer of a model that is loading: one call',
    answers: [busy, { headers: events, chunks: [stream] }],
    run: (use) => collect(use.client.chatCompletionStream(chat(use))),
    leavesOpen: true,
    check(calls) {
      expect(facts(calls)).toEqual([['complete', 'chat', 'openai.chat']])
      expect(calls[0]?.record.attempts?.map(({ status }) => status)).toEqual([503, 200])
    }
  },
  {
    name: 'an error page that nobody reads',
    answers: [{ status: 502, headers: { 'content-type': 'text/html' }, chunks: ['<h1>Bad</h1>'] }],
    run: (use) => outcomeOf(() => use.client.chatCompletion(chat(use))),
    leavesOpen: true,
    check(calls) {
      expect(facts(calls)).toEqual([['error', 'chat', 'openai.chat']])
      expect(calls[0]?.record.outcome?.status).toBe(502)
    }
  },
  {
    name: 'a stream that goes on after its end mark, where the client stops reading',
    answers: [{ headers: events, chunks: [stream], after: 'hang' }],
    run: (use) => collect(use.client.chatCompletionStream(chat(use))),
    leavesOpen: true,
    check: (calls) => expect(facts(calls)).toEqual([['complete', 'chat', 'openai.chat']])
  },
  {
    name: 'an error in mid-stream',
    answers: [
      {
        headers: events,
        chunks: [
          `${String(stream).split('\n\n')[0]}\n\n`,
          'data: {"error":{"message":"out of memory","http_status_code":500}}\n\n'
        ]
      }
    ],
    run: (use) => outcomeOf(() => collect(use.client.chatCompletionStream(chat(use)))),
    check: (calls) =>
      expect(calls.map(({ stage, contents }) => [stage, textOf(contents.output)])).toEqual([
        ['error', 'Hello']
      ])
  },
  {
    name: 'a client of endpoint(), with a fetch for the call',
    answers: [recorded('chat')],
    async run(use) {
      let asked = 0
      const mine: typeof fetch = (input, init) => {
        asked++
        return fetch(input, init)
      }
      const { endpointUrl, ...params } = chat(use)
      const bound = use.client.endpoint(endpointUrl)
      const answer = await bound.chatCompletion(params, { fetch: mine })
      return [asked, answer.choices[0]?.message.content]
    },
    check: (calls) => expect(facts(calls)).toEqual([['complete', 'chat', 'openai.chat']])
  }
]

/** What applications do with this client alone. */
export const scenarios: readonly ClientScenario<Use>[] = [...taskScenarios, ...tools, ...endings]
