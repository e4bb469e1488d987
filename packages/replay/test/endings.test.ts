import Anthropic from '@anthropic-ai/sdk'
import { auditFetch } from '@slm-audit/fetch'
import { memoryLog } from '@slm-audit/testing'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { Replay, serveReplay } from '../src/index.ts'

type Fetch = typeof globalThis.fetch

const SSE = { 'content-type': 'text/event-stream' }
const JSON_TYPE = { 'content-type': 'application/json' }
const sse = (data: unknown, name?: string) =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
const chunk = (content: string) =>
  sse({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'small',
    choices: [{ index: 0, delta: { content }, finish_reason: null }]
  })
const named = (type: string, more: object) => sse({ type, ...more }, type)
const BEGUN = [
  named('message_start', {
    message: { id: 'm', type: 'message', role: 'assistant', model: 'c', content: [], usage: {} }
  }),
  named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Three ' } })
]

/** A fetch that answers with these pieces and then ends, fails, or stays open until it is aborted. */
function model(
  headers: { readonly [name: string]: string },
  pieces: readonly string[],
  end: 'closes' | 'breaks' | 'hangs' = 'closes',
  status = 200
): Fetch {
  return async (_input, init) => {
    const left = [...pieces]
    const { signal } = init ?? {}
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = left.shift()
        if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece))
        else if (end === 'closes') controller.close()
        else if (end === 'breaks') throw new TypeError('terminated')
        else
          await new Promise((_, reject) =>
            signal?.addEventListener('abort', () => reject(signal.reason))
          )
      }
    })
    return new Response(body, { status, headers })
  }
}

const refused: Fetch = async () => {
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  throw new TypeError('fetch failed', { cause })
}

const silent: Fetch = (_input, init) =>
  new Promise((_, reject) => {
    init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
  })

const openai = (fetch: Fetch, base: string) =>
  new OpenAI({ baseURL: `${base}/v1`, apiKey: 'k', fetch, maxRetries: 0 })
const messages = [{ role: 'user' as const, content: 'How long?' }]

/** Reads a chat of OpenAI to its end, or until it is to be aborted. */
async function chat(fetch: Fetch, base: string, { isAborted = false, timeout = 20_000 } = {}) {
  const abort = new AbortController()
  const options = { signal: abort.signal, timeout }
  const asked = { model: 'small', messages, stream: true } as const
  const stream = await openai(fetch, base).chat.completions.create(asked, options)
  return await read(stream, ({ choices }) => {
    const { content } = choices[0]?.delta ?? {}
    if (isAborted && content) abort.abort()
    return content ?? ''
  })
}

/** The text that came, and the error behind it. */
async function read<T>(stream: AsyncIterable<T>, textOf: (each: T) => string) {
  let text = ''
  try {
    for await (const each of stream) text += textOf(each)
  } catch (error) {
    return { text, ...told(error) }
  }
  return { text }
}

function told(error: unknown) {
  const { name, status, type, message } = Object(error)
  return { error: error?.constructor?.name, name, status, type, message }
}

const plain = (fetch: Fetch, base: string) =>
  openai(fetch, base).chat.completions.create({ model: 'small', messages })

async function anthropic(fetch: Fetch, base: string) {
  const client = new Anthropic({ baseURL: base, apiKey: 'k', fetch, maxRetries: 0 })
  const stream = client.messages.stream({ model: 'c', max_tokens: 9, messages })
  return await read(stream, (event) =>
    event.type === 'content_block_delta' && event.delta.type === 'text_delta'
      ? event.delta.text
      : ''
  )
}

async function ollama(fetch: Fetch, base: string) {
  const stream = await new Ollama({ host: base, fetch }).chat({
    model: 'o',
    messages,
    stream: true
  })
  return await read(stream, ({ message }) => message.content)
}

const LINE = `${JSON.stringify({ model: 'o', message: { role: 'assistant', content: 'Three ' }, done: false })}\n`
const error = { message: 'exploded', type: 'server_error' }

test.each<[string, Fetch, (fetch: Fetch, base: string) => Promise<unknown>]>([
  ['a stream that was cut', model(SSE, [chunk('Three ')], 'breaks'), chat],
  ['a stream that was cut before its first piece', model(SSE, [], 'breaks'), chat],
  ['an error in a stream', model(SSE, [chunk('Three '), sse({ error })]), chat],
  ['an error as all of a stream', model(SSE, [sse({ error })]), chat],
  [
    'a stream that the application aborts',
    model(SSE, [chunk('Three')], 'hangs'),
    (fetch, base) => chat(fetch, base, { isAborted: true })
  ],
  [
    'a request that the client gives up',
    silent,
    (fetch, base) => chat(fetch, base, { timeout: 50 })
  ],
  ['a limit', model(JSON_TYPE, [JSON.stringify({ error })], 'closes', 429), plain],
  ['an answer that was cut', model(JSON_TYPE, ['{"choices":[{"mess'], 'breaks'), plain],
  ['a server that is not there', refused, plain],
  ['a message of Anthropic that was cut', model(SSE, BEGUN, 'breaks'), anthropic],
  [
    'an error in a message of Anthropic',
    model(SSE, [
      ...BEGUN,
      named('error', { error: { type: 'overloaded_error', message: 'Full' } })
    ]),
    anthropic
  ],
  [
    'lines of Ollama that were cut',
    model({ 'content-type': 'application/x-ndjson' }, [LINE], 'breaks'),
    ollama
  ],
  [
    'an error in lines of Ollama',
    model({ 'content-type': 'application/x-ndjson' }, [LINE, '{"error":"exploded"}\n']),
    ollama
  ]
])('%s ends in a replay as it ended, in a program and from a server', async (_, answers, ask) => {
  const { log, calls } = memoryLog()
  const meet = (fetch: Fetch, base = 'http://model') => ask(fetch, base).catch(told)
  const met = await meet(auditFetch(log, { fetch: answers }))
  const recorded = await calls()
  await log.close()
  expect(recorded).toHaveLength(1)

  const again = memoryLog()
  const replay = new Replay(recorded)
  expect(withoutOrder(await meet(auditFetch(again.log, { replay, fetch: refused })))).toEqual(
    withoutOrder(met)
  )
  expect(replay.report()).toMatchObject({ exact: 1, unservable: 0, unused: 0 })
  const [made] = await again.calls()
  expect(made?.stage).toBe(recorded[0]?.stage)
  await again.log.close()

  await using server = await serveReplay(new Replay(recorded))
  const { message: _message, ...served } = Object(await meet(globalThis.fetch, server.url))
  const { message: _said, ...expected } = Object(met)
  expect(served).toEqual(expected)
})

/** Anthropic's errors have the JSON of the event as their message. */
function withoutOrder(value: unknown): unknown {
  const { message, ...more } = Object(value)
  return { ...more, message: [...String(message ?? '')].sort().join('') }
}

test('calls behind a fork are not expected, and those before it are', async () => {
  const { log, calls } = memoryLog()
  const fetch = auditFetch(log, { fetch: model(SSE, [chunk('Three days.'), 'data: [DONE]\n\n']) })
  for (const _ of [1, 2, 3]) await chat(fetch, 'http://model')
  const recorded = await calls()
  await log.close()
  const replay = new Replay(recorded, { forkAt: 3 })
  const again = memoryLog()
  const live = model(SSE, [chunk('Ten days.'), 'data: [DONE]\n\n'])
  const replayed = auditFetch(again.log, { replay, fetch: live })
  await chat(replayed, 'http://model')
  expect(replay.report()).toMatchObject({ exact: 1, live: 0, unused: 1 })
  await chat(replayed, 'http://model')
  expect(await chat(replayed, 'http://model')).toEqual({ text: 'Ten days.' })
  expect(replay.report()).toMatchObject({ exact: 2, live: 1, unused: 0 })
  await again.log.close()
})
