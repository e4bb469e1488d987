import { memoryLog } from '@slm-audit/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { wrapOpenAISocket } from '../../src/index.ts'
import { ask, ResponsesSession, realtime } from './sessions.ts'

type Event = { readonly [name: string]: unknown }

/** What a session gives its application, with what it sends, for a script of both sides. */
function heardBy(session: {
  on(name: 'event', hear: (event: unknown) => void): unknown
}): unknown[] {
  const heard: unknown[] = []
  session.on('event', (event) => heard.push(event))
  return heard
}

afterEach(() => vi.unstubAllGlobals())

const answerOf = (id: string, text: string, more: Event = {}): Event[] => [
  { type: 'response.created', response: { id, status: 'in_progress', output: [] }, ...more },
  {
    ...{ type: 'response.output_item.added', output_index: 0, ...more },
    item: { id: `m-${id}`, type: 'message', role: 'assistant', content: [] }
  },
  {
    ...{ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: text },
    ...{ item_id: `m-${id}`, ...more }
  },
  {
    ...{ type: 'response.completed', ...more },
    response: { id, status: 'completed', model: 'gpt-m-1', usage: { output_tokens: 1 } }
  }
]

test('each response that a socket asks for is a call, with its own answer', async () => {
  const { log, calls, problems } = memoryLog()
  const session = wrapOpenAISocket(new ResponsesSession(), log)
  const bare = new ResponsesSession()
  const heard = [session, bare].map(heardBy)
  for (const one of [session, bare]) {
    one.send(ask('first'))
    one.socket.say(...answerOf('r1', 'One'))
    // Two streams of one socket, whose events take turns.
    one.send(ask('second', { stream_id: 'a' }))
    one.send(ask('third', { stream_id: 'b' }))
    const [second, third] = [
      answerOf('r2', 'Two', { stream_id: 'a' }),
      answerOf('r3', 'Three', { stream_id: 'b' })
    ]
    for (const [at, event] of second.entries()) one.socket.say(third[at] ?? {}, event)
  }
  expect(heard[0]).toEqual(heard[1])
  expect(session.socket.sent).toEqual(bare.socket.sent)
  const found = await calls()
  expect(found.map(({ stage, contents: { input, output } }) => [stage, input, output])).toEqual(
    ['One', 'Two', 'Three'].map((text, at) => [
      'complete',
      ['first', 'second', 'third'][at],
      [{ id: `m-r${at + 1}`, type: 'message', role: 'assistant', content: [{ text }] }]
    ])
  )
  const [first] = found
  expect(first?.record).toMatchObject({
    call: { operation: 'chat', model: 'gpt-m', stream: true },
    response: { id: 'r1', model: 'gpt-m-1', usage: { outputTokens: 1 } }
  })
  expect(first?.contents.rest).toBeUndefined()
  expect(problems).toEqual([])
})

test('errors, closed sockets and sessions that the application closes end what was asked', async () => {
  const { log, calls } = memoryLog()
  const failed = wrapOpenAISocket(new ResponsesSession(), log)
  failed.on('error', () => undefined)
  failed.send(ask('refused'))
  failed.socket.say({ type: 'error', status: 400, error: { code: 'bad', message: 'No.' } })
  failed.send(ask('cut'))
  failed.socket.say(...answerOf('r1', 'Hal').slice(0, 3))
  failed.socket.close()
  const left = wrapOpenAISocket(new ResponsesSession(), log)
  left.send(ask('left'))
  left.close()
  const found = await calls()
  expect(found.map(({ stage, contents }) => [stage, contents.input])).toEqual([
    ['error', 'refused'],
    ['error', 'cut'],
    ['cancelled', 'left']
  ])
  expect(found[0]?.record.outcome).toMatchObject({ code: 'bad' })
  expect(JSON.stringify(found[1]?.contents.output)).toContain('"Hal"')
})

const said = (id: string, text: string, previous: string | null = null): Event => ({
  type: 'conversation.item.added',
  previous_item_id: previous,
  item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
})

test('answers of a realtime session are calls, asked for or begun by the server, with what was said before', async () => {
  const { log, calls } = memoryLog()
  const { session, socket } = realtime()
  wrapOpenAISocket(wrapOpenAISocket(session, log), log)
  const voice = { id: 'v', type: 'message', role: 'user' }
  socket.say(
    {
      type: 'session.created',
      session: { id: 'sess', model: 'gpt-realtime-1', instructions: 'Be kind.', voice: 'ash' }
    },
    {
      type: 'conversation.item.added',
      item: { ...voice, content: [{ type: 'input_audio', transcript: null }] }
    },
    {
      ...{ type: 'conversation.item.input_audio_transcription.completed', item_id: 'v' },
      ...{ content_index: 0, transcript: 'Hello?' }
    },
    { type: 'response.created', event_id: 'e1', response: { id: 'r1', status: 'in_progress' } },
    {
      ...{ type: 'response.output_item.added', event_id: 'e2', response_id: 'r1', output_index: 0 },
      item: { id: 'i1', type: 'message', role: 'assistant', content: [] }
    },
    ...['AAEC', 'AwQF'].map((delta) => ({
      ...{ type: 'response.output_audio.delta', response_id: 'r1', item_id: 'i1' },
      ...{ output_index: 0, content_index: 0, delta }
    })),
    {
      ...{ type: 'response.output_audio_transcript.delta', response_id: 'r1', item_id: 'i1' },
      ...{ output_index: 0, content_index: 0, delta: 'Hi!' }
    },
    {
      type: 'response.done',
      response: {
        ...{ id: 'r1', status: 'completed' },
        output: [
          {
            ...{ id: 'i1', type: 'message', role: 'assistant' },
            content: [{ type: 'output_audio', transcript: 'Hi!' }]
          }
        ],
        usage: {
          ...{ input_tokens: 20, output_tokens: 9, total_tokens: 29 },
          input_token_details: { cached_tokens: 8, audio_tokens: 12 },
          output_token_details: { audio_tokens: 7 }
        }
      }
    },
    said('u', 'Weather?', 'v')
  )
  session.send({ type: 'response.create', event_id: 'mine' })
  socket.say(
    { type: 'response.created', response: { id: 'r2', status: 'in_progress' } },
    {
      type: 'response.done',
      response: {
        ...{ id: 'r2', status: 'cancelled' },
        status_details: { type: 'cancelled', reason: 'turn_detected' },
        output: [
          { id: 'f', type: 'function_call', call_id: 'c', name: 'weather', arguments: '{"ci' }
        ]
      }
    }
  )
  const found = await calls()
  expect(found.map(({ stage }) => stage)).toEqual(['complete', 'cancelled'])
  expect(found[0]?.record).toMatchObject({
    call: { operation: 'chat', model: 'gpt-realtime-1' },
    response: {
      usage: {
        ...{ inputTokens: 20, cacheReadTokens: 8, audioInputTokens: 12 },
        ...{ outputTokens: 9, audioOutputTokens: 7 }
      }
    }
  })
  const spoken = { ...voice, content: [{ type: 'input_audio', transcript: 'Hello?' }] }
  expect(found[0]?.contents.input).toEqual({ input: [spoken], instructions: 'Be kind.' })
  expect(found[0]?.contents.output).toMatchObject([
    { content: [{ type: 'output_audio', transcript: 'Hi!', audio: { media: { bytes: 6 } } }] }
  ])
  expect(found[0]?.contents).toMatchObject({ settings: { voice: 'ash' } })
  expect(found[0]?.contents.rest).toBeUndefined()
  const [, second] = found
  expect(second?.contents.input).toMatchObject({ input: [spoken, { id: 'u' }] })
  expect(second?.record.response).toMatchObject({
    finishReasons: ['turn_detected'],
    toolCalls: [{ id: 'c', name: 'weather' }]
  })
})

test('a session that was connected anew begins an empty conversation', async () => {
  const { log, calls } = memoryLog()
  const { session, socket } = realtime()
  wrapOpenAISocket(session, log)
  const answered = (id: string) => [
    { type: 'response.created', response: { id, status: 'in_progress' } },
    { type: 'response.done', response: { id, status: 'completed', output: [] } }
  ]
  socket.say(
    { type: 'session.created', session: { id: 'one', model: 'm' } },
    said('a', 'My name is Ann.'),
    ...answered('r1'),
    { type: 'session.created', session: { id: 'two', model: 'm' } },
    said('b', 'Who am I?'),
    ...answered('r2')
  )
  const found = await calls()
  const inputs = found.map(({ contents }) =>
    (contents.input as { id: string }[]).map(({ id }) => id)
  )
  expect(inputs).toEqual([['a'], ['b']])
})

test('an error of a realtime session is of the request that it names', async () => {
  const { log, calls } = memoryLog()
  const { session, socket } = realtime()
  wrapOpenAISocket(session, log)
  session.on('error', () => undefined)
  session.send({ type: 'response.create', event_id: 'one' })
  session.send({ type: 'response.create', event_id: 'two' })
  socket.say(
    { type: 'error', error: { event_id: 'other', message: 'Bad session.' } },
    { type: 'error', error: { event_id: 'two', code: 'busy', message: 'Already answering.' } },
    { type: 'response.created', response: { id: 'r1' } },
    { type: 'response.done', response: { id: 'r1', status: 'completed', output: [] } }
  )
  expect((await calls()).map(({ stage, record }) => [stage, record.outcome?.code])).toEqual([
    ['complete', undefined],
    ['error', 'busy']
  ])
})

test('what a policy refuses is not sent, and the session tells of it', async () => {
  const { log } = memoryLog({
    policy: { rules: [{ name: 'none', level: 'Request', deny: 'not over sockets' }] }
  })
  const session = wrapOpenAISocket(new ResponsesSession(), log)
  const errors: unknown[] = []
  session.on('error', (error) => errors.push(error))
  session.send(ask('secret'))
  await expect.poll(() => errors).toHaveLength(1)
  expect(session.socket.sent).toEqual([])
})

test('what is no session is refused', () => {
  const { log } = memoryLog()
  expect(() => wrapOpenAISocket({}, log)).toThrow(TypeError)
})
