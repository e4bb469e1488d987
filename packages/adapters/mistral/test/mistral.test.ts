import { memoryLog } from '@slm-audit/testing'
import { testClient } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'
import { wrapMistral } from '../src/index.ts'
import { versions } from './clients.ts'
import { fixture, messages, newest, params, scenarios, textOfOutput } from './scenarios.ts'

const RETRIES = {
  strategy: 'backoff',
  backoff: { initialInterval: 1, maxInterval: 1, exponent: 1, maxElapsedTime: 60_000 },
  retryConnectionErrors: false
} as const

const withSignal = ({ signal }: { signal?: AbortSignal }) => (signal ? { signal } : {})

for (const { name, Mistral } of versions) {
  testClient({
    name,
    connect: (serverURL, { retries }) =>
      new Mistral({ apiKey: 'k', serverURL, ...(retries > 0 && { retryConfig: RETRIES }) }),
    wrap: wrapMistral,
    // The client makes a request with the signal, which the runtime refuses.
    expected: { 'a signal of another realm aborts before the answer': { calls: 0 } },
    plain: {
      folder: fixture('plain'),
      params,
      run: (client, from, options) =>
        client.chat.complete(from, { fetchOptions: withSignal(options) })
    },
    stream: {
      folder: fixture('streamed'),
      params,
      run: (client, from, options) =>
        client.chat.stream(from, { fetchOptions: withSignal(options) })
    },
    text: textOfOutput,
    retries: true,
    refusal: { object: 'error', type: 'rate_limited', message: 'too fast', code: '1300' },
    scenarios: name === versions[0]?.name ? [...scenarios, ...newest] : scenarios
  })
}

describe.each(versions)('$name', ({ Mistral, HTTPClient }) => {
  const answer = async () =>
    Response.json({
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'a' } }]
    })

  test('the wrapped client is the same object and names itself in the record', async () => {
    const { log, calls, problems } = memoryLog()
    const heard: string[] = []
    const httpClient = new HTTPClient({ fetcher: answer }).addHook('beforeRequest', (request) => {
      heard.push(request.url)
    })
    const bare = new Mistral({ apiKey: 'k', httpClient })
    const client = wrapMistral(bare, log)
    expect(client).toBeInstanceOf(Mistral)
    expect(client).toBe(bare)
    expect(wrapMistral(client, log)).toBe(client)
    await client.chat.complete({ model: 'm', messages: [...messages] })
    const [call] = await calls()
    expect(call?.record.call).toMatchObject({
      provider: 'mistral_ai',
      model: 'm',
      client: { name: 'mistral-client-typescript' }
    })
    expect(heard).toHaveLength(1)
    expect(problems).toEqual([])
    expect(() => wrapMistral({}, log)).toThrow(/not a client of the @mistralai\/mistralai package/)
  })

  test('an answer that the client refuses is an error for each log, and kept', async () => {
    // As of servers that speak nearly the same.
    const fetcher = async () => {
      const { usage: _usage, ...body } = (await (await answer()).json()) as { usage: unknown }
      return Response.json(body)
    }
    const create = () => new Mistral({ apiKey: 'k', httpClient: new HTTPClient({ fetcher }) })
    const ask = (client: InstanceType<typeof Mistral>) =>
      client.chat.complete({ model: 'm', messages: [...messages] }).catch((error: unknown) => error)
    const thrown = await ask(create())
    expect(thrown).toBeInstanceOf(Error)
    const logs = [memoryLog(), memoryLog()]
    const client = create()
    for (const { log } of logs) wrapMistral(client, log)
    expect(await ask(client)).toMatchObject({ name: (thrown as Error).name })
    for (const { calls, problems } of logs) {
      const [call, ...others] = await calls()
      expect([call?.stage, call?.record.outcome]).toEqual([
        'error',
        expect.objectContaining({ type: (thrown as Error).name, status: 200 })
      ])
      expect(textOfOutput(call?.contents.output)).toBe('a')
      expect([others, problems]).toEqual([[], []])
    }
  })

  test('a part that is frozen is told of to each log, and works', async () => {
    const logs = [memoryLog(), memoryLog()]
    const client = new Mistral({ apiKey: 'k', httpClient: new HTTPClient({ fetcher: answer }) })
    Object.freeze(client.chat)
    for (const { log } of logs) wrapMistral(client, log)
    expect(await client.chat.complete({ model: 'm', messages: [...messages] })).toMatchObject({
      id: 'c'
    })
    for (const { calls, problems } of logs) {
      expect(await calls()).toHaveLength(0)
      expect(problems).toMatchObject([{ code: 'client_unseen' }])
    }
  })

  test('a part that was told of to one log is told of to the next', async () => {
    const [one, two] = [memoryLog(), memoryLog()]
    const client = new Mistral({ apiKey: 'k', httpClient: new HTTPClient({ fetcher: answer }) })
    Object.freeze(client.chat)
    for (const { log, problems } of [one, two]) {
      wrapMistral(client, log)
      await client.chat.complete({ model: 'm', messages: [...messages] })
      expect(problems).toMatchObject([{ code: 'client_unseen' }])
    }
  })

  test('two logs record one call each, with its attempts', async () => {
    const [one, two] = [memoryLog(), memoryLog()]
    const statuses = [503, 429]
    const fetcher = async () => {
      const status = statuses.shift()
      return status ? new Response('{}', { status }) : answer()
    }
    const httpClient = new HTTPClient({ fetcher })
    const bare = new Mistral({ apiKey: 'k', httpClient, retryConfig: RETRIES })
    const client = wrapMistral(wrapMistral(bare, one.log), two.log)
    await client.chat.complete({ model: 'm', messages: [...messages] })
    for (const { calls } of [one, two]) {
      const recorded = await calls()
      expect(recorded.map(({ stage }) => stage)).toEqual(['complete'])
      expect(recorded[0]?.record.attempts?.map(({ status }) => status)).toEqual([503, 429, 200])
    }
  })

  test('a client that gives up before its last attempt leaves one call, ended by its error', async () => {
    const { log, calls } = memoryLog()
    const failure = new TypeError('fetch failed')
    const answers = [async () => new Response('{}', { status: 503 }), () => Promise.reject(failure)]
    const httpClient = new HTTPClient({ fetcher: async () => (answers.shift() ?? answer)() })
    const bare = new Mistral({ apiKey: 'k', httpClient, retryConfig: RETRIES })
    const asking = wrapMistral(bare, log).chat.complete({ model: 'm', messages: [...messages] })
    await expect(asking).rejects.toMatchObject({ cause: failure })
    const recorded = await calls()
    expect(recorded.map(({ stage, record }) => [stage, record.outcome?.type])).toEqual([
      ['error', 'TypeError']
    ])
  })
})
