import { wrapOpenAI } from '@slm-audit/openai'
import { fakeServer, memoryLog } from '@slm-audit/testing'
import { collect, outcomeOf, testClient } from '@slm-audit/testing/conformance'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { auditFetch } from '../src/index.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

/** An application's own few lines around fetch. */
interface Own {
  readonly url: string
  readonly fetch: typeof globalThis.fetch
}

function ask({ url, fetch }: Own, params: object, signal?: AbortSignal): Promise<Response> {
  const init = { method: 'POST', body: JSON.stringify(params), ...(signal && { signal }) }
  return fetch(`${url}/completion`, init)
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

testClient<Own>({
  name: 'fetch',
  connect: (url) => ({ url, fetch: globalThis.fetch }),
  wrap: (own, log) => ({ ...own, fetch: auditFetch(log, { fetch: own.fetch }) }),
  // Node's fetch refuses it.
  expected: {
    'a signal of another realm aborts before the answer': { stage: 'error', by: undefined }
  },
  plain: {
    folder: fixture('llama-cpp'),
    async run(own, params, { signal }) {
      const response = await ask(own, params, signal)
      return [response.status, await response.json()]
    }
  },
  stream: {
    folder: fixture('llama-cpp-streamed'),
    run: async (own, params, { signal }) => linesOf(await ask(own, params, signal))
  },
  text: String,
  scenarios: [
    {
      name: 'a hand-written loop leaves at stop',
      answers: [
        {
          headers: { 'content-type': 'text/event-stream' },
          chunks: ['data: {"content":"a"}\n\n', 'data: {"content":"","stop":true}\n\n'],
          after: 'hang'
        }
      ],
      async run(own) {
        const lines: string[] = []
        for await (const line of linesOf(await ask(own, { prompt: 'x', stream: true }))) {
          lines.push(line)
          if (line.includes('"stop":true')) break
        }
        return lines
      },
      check: (calls) =>
        expect(calls.map(({ stage, contents }) => [stage, contents.output])).toEqual([
          ['complete', 'a']
        ])
    },
    {
      name: 'several prompts at once, of which one ends long before the other',
      answers: [
        {
          headers: { 'content-type': 'text/event-stream' },
          chunks: ['a', 'b'].map(
            (content, index) => `data: ${JSON.stringify({ index, content, stop: true })}\n\n`
          ),
          pauseMs: 60
        }
      ],
      run: async (own) => collect(linesOf(await ask(own, { prompt: ['x', 'y'], stream: true }))),
      check: (calls) => expect(calls.map(({ contents }) => contents.output)).toEqual([['a', 'b']])
    },
    {
      name: 'a Request object, and a body that is piped',
      answers: [{ chunks: ['{"content":"yes","stop":true}'] }],
      async run({ url, fetch }) {
        const request = new Request(`${url}/completion`, { method: 'POST', body: '{"prompt":"x"}' })
        const answer = await fetch(request)
        return collect((answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()))
      },
      check: (calls) =>
        expect(calls.map(({ contents }) => contents)).toEqual([{ input: 'x', output: 'yes' }])
    },
    {
      name: 'what is not a call passes through',
      answers: [{ status: 404, chunks: ['no'] }],
      run: async ({ url, fetch }) =>
        outcomeOf(async () => (await fetch(`${url}/v1/models`)).text()),
      check: (calls) => expect(calls).toEqual([])
    }
  ]
})

test('as the global fetch, with a wrapped client above it, a call is recorded once', async () => {
  await using server = await fakeServer({ chunks: ['{"choices":[]}'] })
  const { log, calls } = memoryLog()
  const before = globalThis.fetch
  globalThis.fetch = auditFetch(log)
  try {
    const params = { model: 'm', messages: [] }
    const client = wrapOpenAI(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k' }), log)
    await client.chat.completions.create(params)
    const post = { method: 'POST', body: JSON.stringify(params) }
    await (await fetch(`${server.url}/v1/chat/completions`, post)).json()
  } finally {
    globalThis.fetch = before
  }
  expect((await calls()).map(({ stage }) => stage)).toEqual(['complete', 'complete'])
})

test('formats of one’s own come first; an unknown option is named', async () => {
  const { log, calls } = memoryLog()
  const mine = {
    name: 'mine',
    matches: () => true,
    readRequest: (input: unknown) => ({ operation: 'chat', provider: 'me', input }),
    readResponse: (output: unknown) => ({ output }),
    start: () => undefined,
    step: () => undefined,
    finish: () => ({})
  }
  const fetch = auditFetch(log, { fetch: async () => Response.json('yes'), protocols: [mine] })
  await (await fetch('http://any/completion', { method: 'POST', body: '"x"' })).json()
  expect((await calls()).map(({ record }) => record.call?.protocol)).toEqual(['mine'])
  expect(() => auditFetch(log, { protocol: [] } as never)).toThrow(/did you mean protocols/)
})
