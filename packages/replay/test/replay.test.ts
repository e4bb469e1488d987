import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import Anthropic from '@anthropic-ai/sdk'
import { auditFetch } from '@slm-audit/fetch'
import { fakeServer, memoryLog } from '@slm-audit/testing'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { Replay, type ReplayOptions, serveReplay } from '../src/index.ts'

const messages = [{ role: 'user' as const, content: 'How long does a refund take?' }]

function chunk(delta: object, finish_reason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason }]
  return `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'small', choices })}\n\n`
}

const refuses = async () => {
  throw new Error('a model was asked')
}

const json = { 'content-type': 'application/json' }

/** A streamed answer, a plain one and an error, as a real client had them, and their records. */
async function recording() {
  const { log, calls } = memoryLog()
  const pieces = [{ role: 'assistant', content: 'Three ' }, { content: 'days.' }]
  const stream = [...pieces.map((each) => chunk(each)), chunk({}, 'stop'), 'data: [DONE]\n\n']
  const message = { role: 'assistant', content: 'Yes.' }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  const plain = { id: 'c2', object: 'chat.completion', created: 2, model: 'small', choices }
  const error = { message: 'no such tool', type: 'invalid_request_error' }
  await using server = await fakeServer(
    { headers: { 'content-type': 'text/event-stream' }, chunks: stream },
    { headers: json, chunks: [JSON.stringify(plain)] },
    { status: 400, headers: json, chunks: [JSON.stringify({ error })] }
  )
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k', fetch: auditFetch(log) })
  const answers = await talk(client)
  const recorded = await calls()
  await log.close()
  return { answers, recorded }
}

/** What the application does, and what it meets. */
async function talk(client: OpenAI, question = messages) {
  const stream = await client.chat.completions.create({
    model: 'small',
    messages: question,
    stream: true
  })
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  const plain = await client.chat.completions.create({
    model: 'small',
    messages: [{ role: 'user', content: 'Sure?' }]
  })
  const failed = await client.chat.completions
    .create({ model: 'small', messages: [{ role: 'user', content: 'Use a tool' }] })
    .catch((error: unknown) => error as InstanceType<typeof OpenAI.APIError>)
  return {
    text,
    plain: plain.choices[0],
    status: 'status' in failed ? failed.status : undefined,
    message: 'message' in failed ? failed.message : undefined
  }
}

function replaying(replay: Replay, live: typeof fetch = refuses) {
  const made = memoryLog()
  const fetch = auditFetch(made.log, { fetch: live, replay })
  return { ...made, client: new OpenAI({ baseURL: 'http://nowhere/v1', apiKey: 'k', fetch }) }
}

test('an application meets in a replay what it met when it was recorded, and no model is asked', async () => {
  const { answers, recorded } = await recording()
  const replay = new Replay(recorded)
  const { client, calls, log } = replaying(replay)
  expect(await talk(client)).toEqual(answers)
  expect(replay.report()).toMatchObject({
    recorded: 3,
    exact: 3,
    diverged: 0,
    live: 0,
    unanswered: 0,
    unused: 0
  })
  const again = await calls()
  expect(again.map(({ record }) => record.context?.tags?.replays)).toEqual(
    recorded.map(({ auditId }) => auditId)
  )
  expect(again.map(({ stage }) => stage)).toEqual(recorded.map(({ stage }) => stage))
  await log.close()
})

test('a request that was never recorded gets the next answer of its kind, and is counted', async () => {
  const { answers, recorded } = await recording()
  const replay = new Replay(recorded)
  const { client, log } = replaying(replay)
  expect(await talk(client, [{ role: 'user', content: 'And an exchange?' }])).toEqual(answers)
  const { exact, diverged, steps } = replay.report()
  expect({ exact, diverged }).toEqual({ exact: 2, diverged: 1 })
  expect(steps[0]).toEqual({
    step: 1,
    match: 'diverged',
    auditId: recorded[0]?.auditId,
    differs: ['input']
  })
  await log.close()
})

test('where divergences fail, the client gets the reason once, and does not try again', async () => {
  const { recorded } = await recording()
  const replay = new Replay(recorded, { onDivergence: 'fail' })
  const { client, log } = replaying(replay)
  const asked = client.chat.completions.create({ model: 'other', messages })
  await expect(asked).rejects.toThrow(
    /request 1 of the replay differs in model from the recorded call/
  )
  expect(replay.report()).toMatchObject({
    unanswered: 1,
    exact: 0,
    steps: [{ differs: ['model'] }]
  })
  await log.close()
})

test('when no answer is left, that is what the client is told', async () => {
  const { recorded } = await recording()
  const replay = new Replay(recorded.slice(0, 1))
  const { client, log } = replaying(replay)
  await expect(talk(client)).rejects.toThrow(/none of the 1 recorded calls is left/)
  await log.close()
})

test.each<[string, ReplayOptions, number]>([
  ['from the step of a fork on', { forkAt: 2 }, 2],
  ['at divergences that are to be live', { onDivergence: 'live' }, 1]
])('a model is asked %s', async (_what, options, count) => {
  const { recorded } = await recording()
  const body = JSON.stringify({
    id: 'l',
    object: 'chat.completion',
    model: 'live',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Live.' }, finish_reason: 'stop' }]
  })
  const live = async () => new Response(body, { headers: { 'content-type': 'application/json' } })
  const replay = new Replay(recorded, options)
  const { client, log } = replaying(replay, live)
  const first = await client.chat.completions.create({ model: 'small', messages })
  expect(first.choices[0]?.message.content).toBe('Three days.')
  const second = await client.chat.completions.create({
    model: 'small',
    messages: [{ role: 'user', content: 'Anything else?' }]
  })
  expect(second.choices[0]?.message.content).toBe('Live.')
  await client.chat.completions.create({
    model: 'small',
    messages: [{ role: 'user', content: 'Sure?' }]
  })
  expect(replay.report().live).toBe(count)
  await log.close()
})

test('a stream comes in its recorded time when that is asked for, and its signal ends it', async () => {
  const { recorded } = await recording()
  const [call] = recorded
  if (!call) throw new Error('nothing was recorded')
  const timing = { durationMs: 60_000, timeToFirstChunkMs: 1 }
  const slow = { ...call, record: { ...call.record, timing } }
  const { client, log } = replaying(new Replay([slow], { timing: 'recorded' }))
  const stream = await client.chat.completions.create({ model: 'small', messages, stream: true })
  const read = async () => {
    for await (const _chunk of stream) stream.controller.abort()
  }
  await read()
  await log.close()
})

test('other requests go where they went', async () => {
  const { recorded } = await recording()
  const { log } = memoryLog()
  const live = async (input: unknown) => new Response(String(input))
  const fetch = auditFetch(log, {
    fetch: live as typeof globalThis.fetch,
    replay: new Replay(recorded)
  })
  expect(await (await fetch('http://elsewhere/weather')).text()).toBe('http://elsewhere/weather')
  await log.close()
})

test('a server on this machine serves any client whose model is an address', async () => {
  const { answers, recorded } = await recording()
  const replay = new Replay(recorded)
  await using server = await serveReplay(replay)
  expect(await talk(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k' }))).toEqual(answers)
  expect(replay.report().exact).toBe(3)
  const unknown = await fetch(`${server.url}/weather`)
  expect({ status: unknown.status, text: await unknown.text() }).toMatchObject({ status: 404 })
})

test.each([
  ['whose name leads to this machine', { host: 'evil.example' }],
  ['that asks this machine itself', { origin: 'https://evil.example' }]
])('a web page %s is not served', async (_which, headers) => {
  const { recorded } = await recording()
  const replay = new Replay(recorded)
  await using server = await serveReplay(replay)
  const asked = request(`${server.url}/v1/chat/completions`, { method: 'POST', headers })
  asked.end(JSON.stringify({ model: 'small', messages }))
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  expect(answer.statusCode).toBe(403)
  expect(await text(answer)).toContain('evil.example')
  expect(replay.report().unused).toBe(3)
})

test('sessions of Anthropic and Ollama are served to their clients', async () => {
  const { log, calls } = memoryLog()
  const block = { type: 'text', text: 'Three days.' }
  const usage = { input_tokens: 4, output_tokens: 3 }
  const message = {
    id: 'm1',
    type: 'message',
    role: 'assistant',
    model: 'small',
    content: [block],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage
  }
  const line = {
    model: 'small',
    created_at: '2026-01-01T00:00:00Z',
    message: { role: 'assistant', content: 'Three days.' },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 4,
    eval_count: 3
  }
  const bodies = [JSON.stringify(message), `${JSON.stringify(line)}\n`]
  await using origin = await fakeServer(
    ...bodies.map((body) => ({ headers: json, chunks: [body] }))
  )
  const ask = async (url: string, fetch: typeof globalThis.fetch, stream: boolean) => {
    const anthropic = new Anthropic({ baseURL: url, apiKey: 'k', fetch })
    const asked = { model: 'small', max_tokens: 9, messages }
    const said = stream
      ? await anthropic.messages.stream(asked).finalMessage()
      : await anthropic.messages.create(asked)
    const ollama = new Ollama({ host: url, fetch })
    const chat = stream
      ? await ollama.chat({ model: 'small', messages, stream })
      : [await ollama.chat({ model: 'small', messages })]
    let text = ''
    for await (const each of chat) text += each.message.content
    return { said: said.content, usage: said.usage.output_tokens, text }
  }
  const answers = await ask(origin.url, auditFetch(log), false)
  const recorded = await calls()
  for (const stream of [false, true]) {
    const replay = new Replay(recorded)
    await using server = await serveReplay(replay)
    expect(await ask(server.url, globalThis.fetch, stream)).toEqual(answers)
    expect(replay.report()).toMatchObject({ exact: 2, diverged: 0 })
  }
  await log.close()
})
