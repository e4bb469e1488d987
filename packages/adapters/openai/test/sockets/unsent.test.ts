import { connect } from 'node:net'
import { memoryLog } from '@slm-audit/testing'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { ResponsesWS } from 'openai/resources/responses/ws'
import OpenAI6 from 'openai-6'
import { ResponsesWS as ResponsesWS6 } from 'openai-6/resources/responses/ws'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { wrapOpenAISocket } from '../../src/index.ts'
import { type Peer, serveSockets } from './loopback-sockets.ts'

type Event = { readonly [name: string]: unknown }

let server: Awaited<ReturnType<typeof serveSockets>>
const open: { close(): void }[] = []

beforeEach(async () => {
  server = await serveSockets()
})
afterEach(async () => {
  for (const session of open.splice(0)) session.close()
  await server.close()
})

const clientOf = () =>
  new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${server.port}/v1`, maxRetries: 0 })

/** A realtime session that connects anew; its address is of TLS, its connection is not. */
function realtime(more: Event = {}) {
  const plain = () => connect(server.port, '127.0.0.1')
  const session = new OpenAIRealtimeWS(
    {
      ...{ model: 'm', reconnect: true, reconnectInitialDelay: 1, maxQueueBytes: 200, ...more },
      options: { createConnection: plain } as never
    },
    clientOf()
  )
  open.push(session)
  return session
}

type Options = ConstructorParameters<typeof ResponsesWS>[1]

const kinds = {
  'openai 7': (options: Options) => new ResponsesWS(clientOf(), options),
  'openai 6': (options: Options) => {
    const client = new OpenAI6({ apiKey: 'k', baseURL: clientOf().baseURL })
    return new ResponsesWS6(client, options as never) as unknown as ResponsesWS
  }
}

function responses(options: Options, make = kinds['openai 7']) {
  const session = make(options)
  open.push(session)
  return session
}

async function peerAt(at: number): Promise<Peer> {
  await expect.poll(() => server.peers[at]).toBeDefined()
  return server.peers[at] as Peer
}

/** Waits for something that a session tells. */
function told(session: { on(name: never, hear: () => void): unknown }, name: string) {
  return new Promise<void>((resolve) => session.on(name as never, resolve))
}

/** Takes the socket of a session away; `back` settles once it has another one. */
async function cutOff(session: OpenAIRealtimeWS): Promise<{ readonly back: Promise<void> }> {
  const first = await peerAt(0)
  const [away, back] = [told(session, 'reconnecting'), told(session, 'reconnected')]
  first.cut()
  await away
  return { back }
}

const opened = ({ socket }: OpenAIRealtimeWS) =>
  new Promise<void>((resolve) => socket.once('open', resolve))

const askBy = (name: string): never =>
  ({ type: 'response.create', event_id: name, response: { instructions: name } }) as never

const answered = (id: string, text: string): Event[] => [
  { type: 'response.created', response: { id, status: 'in_progress', output: [] } },
  {
    type: 'response.done',
    response: {
      ...{ id, status: 'completed' },
      output: [{ id: `m-${id}`, type: 'message', content: [{ type: 'output_text', text }] }]
    }
  }
]

/** What each call asked, and what came of it. */
async function pairs(calls: () => ReturnType<ReturnType<typeof memoryLog>['calls']>) {
  return (await calls()).map(({ contents, record, stage }) => [
    JSON.stringify(contents.input) ?? 'nothing',
    stage,
    record.outcome?.code ?? JSON.stringify(contents.output) ?? 'nothing'
  ])
}

const has = (text: string) => expect.stringContaining(text)

test('a request that the application takes back from a session without a socket has no answer', async () => {
  const { log, calls, problems } = memoryLog()
  const session = wrapOpenAISocket(realtime(), log)
  await opened(session)
  const { back } = await cutOff(session)
  session.send(askBy('taken'))
  await back
  expect(session.takePending()).toHaveLength(1)
  session.send(askBy('sent'))
  const second = await peerAt(1)
  await expect.poll(() => second.heard).toHaveLength(1)
  const done = told(session, 'response.done')
  second.say(answered('r1', 'To what was sent.'))
  await done
  expect(await pairs(calls)).toEqual([
    [has('taken'), 'error', 'not_sent'],
    [has('sent'), 'complete', has('To what was sent.')]
  ])
  expect(problems).toEqual([])
})

test('a request for which a queue has no room is not sent', async () => {
  const { log, calls } = memoryLog()
  const session = wrapOpenAISocket(realtime(), log)
  const errors: string[] = []
  session.on('error', ({ message }) => errors.push(message))
  await opened(session)
  const { back } = await cutOff(session)
  session.send(askBy('kept'))
  session.send(askBy('much '.repeat(50)))
  await back
  session.flushPending()
  const second = await peerAt(1)
  await expect.poll(() => second.heard).toHaveLength(1)
  const done = told(session, 'response.done')
  second.say(answered('r1', 'To what was kept.'))
  await done
  expect(errors).toEqual([expect.stringContaining('queue is full')])
  expect(await pairs(calls)).toEqual([
    [has('kept'), 'complete', has('To what was kept.')],
    [has('much'), 'error', 'not_sent']
  ])
})

test('a request that waits is answered behind what was sent before it', async () => {
  const { log, calls } = memoryLog()
  const session = wrapOpenAISocket(realtime(), log)
  await opened(session)
  const { back } = await cutOff(session)
  session.sendResponseCreate(askBy('waits'))
  await back
  session.send(askBy('overtakes'))
  session.flushPending()
  const second = await peerAt(1)
  await expect
    .poll(() => second.heard.map((event) => event.event_id))
    .toEqual(['overtakes', 'waits'])
  const done = [told(session, 'response.done')]
  second.say([...answered('r1', 'One.'), ...answered('r2', 'Two.')])
  await Promise.all(done)
  await expect
    .poll(() => pairs(calls))
    .toEqual([
      [has('waits'), 'complete', has('Two.')],
      [has('overtakes'), 'complete', has('One.')]
    ])
})

test('a request that a closed session never sent, or that finds no open socket, says so', async () => {
  const { log, calls } = memoryLog()
  const session = wrapOpenAISocket(realtime({ maxReconnectAttempts: 2 }), log)
  session.on('error', () => undefined)
  session.send(askBy('early'))
  await opened(session)
  const [first, away, closed] = [
    await peerAt(0),
    told(session, 'reconnecting'),
    told(session, 'close')
  ]
  session.send(askBy('cut'))
  await expect.poll(() => first.heard).toHaveLength(1)
  await server.close()
  await away
  session.send(askBy('kept'))
  await closed
  session.send(askBy('late'))
  server = await serveSockets()
  const found = (await calls()).map(({ contents, record }) => [
    JSON.stringify(contents.input),
    record.outcome?.code
  ])
  expect(found).toEqual([
    [has('early'), 'not_sent'],
    [has('cut'), undefined],
    [has('kept'), 'not_sent'],
    [has('late'), 'not_sent']
  ])
})

const ask = (input: string) => ({ type: 'response.create', model: 'gpt-m', input }) as never

const completed = (id: string, text: string): Event[] => [
  { type: 'response.created', response: { id, status: 'in_progress', output: [] } },
  {
    type: 'response.completed',
    response: {
      ...{ id, status: 'completed', model: 'gpt-m' },
      output: [{ id: `m-${id}`, type: 'message', content: [{ type: 'output_text', text }] }]
    }
  }
]

test.each(Object.entries(kinds))(
  'a request that waits through several tries to connect is the one that is answered: %s',
  async (_name, make) => {
    const { log, calls, problems } = memoryLog()
    const { port } = server
    let tries = 0
    const options = {
      reconnect: { initialDelay: 1, maxRetries: 50, onReconnecting: () => void tries++ }
    }
    const session = wrapOpenAISocket(responses(options, make), log)
    session.on('error', () => undefined)
    session.send(ask('before the socket opened'))
    const first = await peerAt(0)
    await expect.poll(() => first.heard).toHaveLength(1)
    let hasAsked = false
    session.on('reconnecting', () => {
      if (hasAsked) return
      hasAsked = true
      session.send(ask('while it was away'))
    })
    const back = told(session, 'reconnected')
    await server.close()
    await expect.poll(() => tries).toBeGreaterThan(2)
    server = await serveSockets(port)
    await back
    const second = await peerAt(0)
    await expect.poll(() => second.heard).toHaveLength(1)
    const done = told(session, 'response.completed')
    second.say(completed('r1', 'Late.'))
    await done
    expect(await pairs(calls)).toEqual([
      [has('before the socket opened'), 'error', expect.anything()],
      [has('while it was away'), 'complete', has('Late.')]
    ])
    expect(problems).toEqual([])
  }
)

test.each(Object.entries(kinds))(
  'a request behind the end of a session is not sent: %s',
  async (_name, make) => {
    const { log, calls } = memoryLog()
    const session = wrapOpenAISocket(responses({}, make), log)
    session.on('error', () => undefined)
    const first = await peerAt(0)
    session.send(ask('sent'))
    await expect.poll(() => first.heard).toHaveLength(1)
    const closed = told(session, 'close')
    first.cut()
    await closed
    session.send(ask('behind the end'))
    expect(await pairs(calls)).toEqual([
      [has('sent'), 'error', expect.anything()],
      [has('behind the end'), 'error', 'not_sent']
    ])
  }
)

test.each(Object.entries(kinds))(
  'a request that waits when the application closes the session: %s',
  async (_name, make) => {
    const { log, calls } = memoryLog()
    const session = wrapOpenAISocket(responses({}, make), log)
    session.on('error', () => undefined)
    session.send(ask('waits'))
    const closed = told(session, 'close')
    session.close()
    await closed
    expect(await pairs(calls)).toEqual([[has('waits'), 'error', 'not_sent']])
  }
)
