import { readFileSync } from 'node:fs'
import { memoryLog } from '@slm-audit/testing'
import OpenAI from 'openai'
import { ResponsesWS } from 'openai/resources/responses/ws'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { wrapOpenAISocket } from '../../src/index.ts'
import { fixture } from '../recorded.ts'
import { type Manner, serveSockets } from './loopback-sockets.ts'

type Event = { readonly [name: string]: unknown }

let server: Awaited<ReturnType<typeof serveSockets>>
let session: ResponsesWS | undefined

beforeEach(async () => {
  server = await serveSockets()
})
afterEach(async () => {
  session?.close()
  await server.close()
})

/** The events of a recorded stream, which a socket tells as a body does. */
const eventsOf = (name: string): Event[] =>
  readFileSync(new URL('chunks.txt', fixture(name)), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as Event)

const read = (name: string, file: string): unknown =>
  JSON.parse(readFileSync(new URL(file, fixture(name)), 'utf8'))

const expectedOf = (name: string) =>
  read(name, 'expected.json') as { readonly [member in 'call' | 'response']: Event }

const requestOf = (name: string): Event => {
  const { body } = read(name, 'request.json') as { readonly body: Event }
  // Over sockets every answer is a stream.
  const { stream: _stream, ...request } = body
  return { type: 'response.create', ...request }
}

/** Asks over a socket, wrapped, and gives the log and the connection of the server. */
async function asked(name: string) {
  const { log, calls, problems } = memoryLog()
  const client = new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${server.port}/v1` })
  session = wrapOpenAISocket(new ResponsesWS(client), log)
  session.on('error', () => undefined)
  session.send(requestOf(name) as never)
  await expect.poll(() => server.peers[0]?.heard).toHaveLength(1)
  const [peer] = server.peers
  if (!peer) throw new Error('no client came')
  return { session, peer, calls, problems }
}

const manners: { readonly [name: string]: Manner } = {
  'at once': {},
  'in pieces of 7 bytes': { bytes: 7 },
  'in frames of 11 bytes with pings between': { frame: 11 }
}

/** Recorded streams, each with what the first half of its events says. */
const streams = [
  ['responses-streamed', 'Two cities, two calls.'],
  ['responses-llama-cpp', 'It asks for records.']
] as const

for (const [name, words] of streams) {
  test.each(Object.entries(manners))(
    `${name}: an answer over a socket is recorded as the body of the same events is, %s`,
    async (_manner, manner) => {
      const { session, peer, calls, problems } = await asked(name)
      const done = new Promise((resolve) => session.on('response.completed', resolve))
      await peer.say(eventsOf(name), manner)
      await done
      const [found] = await calls()
      const { record, contents, stage } = found ?? {}
      const { call, response, reasoning } = record ?? {}
      const { call: expectedCall, ...expected } = expectedOf(name)
      const facts = JSON.parse(JSON.stringify({ stage, response, reasoning, contents }))
      expect(facts).toEqual({ stage: 'complete', ...expected })
      // The server is this machine, and what is written over sockets is no body.
      const { protocol: _protocol, ...same } = expectedCall
      const endpoint = { address: '127.0.0.1', port: server.port, path: '/v1/responses' }
      expect(call).toEqual({ ...same, endpoint, provider: 'openai-compatible' })
      // Padding is left out, and told of.
      const said = problems.map(({ message }) => message)
      expect(said.filter((each) => !each.endsWith('padding'))).toEqual([])
    }
  )

  test(`${name}: an answer whose socket breaks has what came until then`, async () => {
    const events = eventsOf(name)
    const count = Math.ceil(events.length / 2)
    const { session, peer, calls } = await asked(name)
    let heard = 0
    session.on('event', () => void heard++)
    const closed = new Promise<void>((resolve) => session.on('close', () => resolve()))
    await peer.say(events.slice(0, count), { bytes: 5 })
    await expect.poll(() => heard).toBe(count)
    peer.cut()
    await closed
    const [found] = await calls()
    const { response } = expectedOf(name)
    expect(found?.stage).toBe('error')
    expect(found?.record.response?.id).toBe(response.id)
    expect(JSON.stringify(found?.contents)).toContain(words)
  })
}
