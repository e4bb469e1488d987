import { memoryLog } from '@slm-audit/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { wrapOpenAISocket } from '../../src/index.ts'
import { ask, ResponsesSession, realtime } from './sessions.ts'

type Event = { readonly [name: string]: unknown }

afterEach(() => vi.unstubAllGlobals())

test('a sound that names neither item nor answer is of the answer of its stream, or of the one on its way', async () => {
  const { log, calls, problems } = memoryLog()
  const responses = wrapOpenAISocket(new ResponsesSession(), log)
  responses.send(ask('one', { stream_id: 'a' }))
  responses.send(ask('two', { stream_id: 'b' }))
  const told = (stream_id: string, sound: string, words: string): Event[] => [
    { type: 'response.created', stream_id, response: { id: stream_id, output: [] } },
    { type: 'response.audio.delta', stream_id, delta: sound },
    { type: 'response.audio.transcript.delta', stream_id, delta: words },
    { type: 'response.completed', stream_id, response: { id: stream_id, status: 'completed' } }
  ]
  const [a, b] = [told('a', 'AAEC', 'One.'), told('b', 'AwQFBg==', 'Two.')]
  for (const [at, event] of b.entries()) responses.socket.say(event, a[at] ?? {})
  const { session, socket } = realtime()
  wrapOpenAISocket(session, log)
  session.send({ type: 'response.create' })
  socket.say(
    { type: 'response.created', response: { id: 'r' } },
    { type: 'response.audio.delta', delta: 'AAECAwQ=' },
    { type: 'response.done', response: { id: 'r', status: 'completed' } },
    { type: 'response.output_audio.done', response_id: 'r' }
  )
  const found = (await calls()).map(({ stage, contents }) => [stage, contents.output])
  const heard = (bytes: number, words: object) => [
    'complete',
    [{ content: [{ audio: { media: expect.objectContaining({ bytes }) }, ...words }] }]
  ]
  expect(found).toEqual([
    heard(3, { transcript: 'One.' }),
    heard(4, { transcript: 'Two.' }),
    heard(5, {})
  ])
  expect(problems).toEqual([])
})
