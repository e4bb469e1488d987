import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fakeServer, memoryLog } from '@slm-audit/testing'
import OpenAI, { toStreamingFile } from 'openai'
import OpenAI4 from 'openai-4'
import { expect, test } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'
import { fixture } from './recorded.ts'

/** A client whose server takes each request and answers with `body`. */
function clientOf(body: BodyInit, type: string, media: 'keep' | 'digest' = 'keep') {
  const { log, calls } = memoryLog({ media })
  const fetch: typeof globalThis.fetch = async (_input, init) => {
    await new Response(init?.body ?? null).arrayBuffer()
    return new Response(body, { headers: { 'content-type': type } })
  }
  return { client: wrapOpenAI(new OpenAI({ apiKey: 'k', fetch }), log), calls }
}

const file = (name: string, path: string) =>
  new Uint8Array(readFileSync(new URL(path, fixture(name))))
const nameOf = (bytes: Uint8Array) => `media.${createHash('sha256').update(bytes).digest('hex')}`

test('the bytes of sounds, vectors and files are kept where the log keeps media', async () => {
  const speech = file('speech', 'response.bin')
  const spoken = clientOf(speech, 'audio/mpeg')
  const sound = await spoken.client.audio.speech.create({ model: 'm', input: 'hi', voice: 'ash' })
  expect(new Uint8Array(await sound.arrayBuffer())).toEqual(speech)
  expect((await spoken.calls())[0]?.contents[nameOf(speech)]).toEqual(speech)

  const embedded = clientOf(file('embeddings', 'response.json'), 'application/json')
  const { data } = await embedded.client.embeddings.create({ model: 'm', input: ['a', 'b'] })
  const vector = new Uint8Array(Float32Array.from(data[0]?.embedding ?? []).buffer)
  expect((await embedded.calls())[0]?.contents[nameOf(vector)]).toEqual(vector)

  const heard = clientOf('{"text":"hi"}', 'application/json')
  const wav = new Uint8Array([1, 2, 3])
  await heard.client.audio.transcriptions.create({ model: 'm', file: new File([wav], 'a.wav') })
  expect((await heard.calls())[0]?.contents[nameOf(wav)]).toEqual(wav)
})

test('a sound that major 4 gives as a stream of Node is recorded when it is piped', async () => {
  const speech = file('speech', 'response.bin')
  await using server = await fakeServer({
    headers: { 'content-type': 'audio/mpeg' },
    chunks: [speech.subarray(0, 100), speech.subarray(100)]
  })
  const { log, calls } = memoryLog()
  const client = wrapOpenAI(new OpenAI4({ apiKey: 'k', baseURL: server.url }), log)
  const asked = { model: 'm', input: 'hi', voice: 'ash' } as const
  const { body } = await client.audio.speech.create(asked)
  const pieces = (body as unknown as Readable).pipe(new PassThrough())
  expect(new Uint8Array(await buffer(pieces))).toEqual(speech)
  const [call] = await calls()
  expect([call?.stage, call?.contents.output]).toEqual([
    'complete',
    {
      media_type: 'audio/mpeg',
      audio: { media: expect.objectContaining({ bytes: speech.length }) }
    }
  ])
})

test('major 4 sends forms as streams, whose fields are nobody’s but the request’s', async () => {
  await using server = await fakeServer({ chunks: ['{"text":"hi"}'] })
  const { log, calls } = memoryLog()
  const client = wrapOpenAI(new OpenAI4({ apiKey: 'k', baseURL: server.url }), log)
  const file = new File(['RIFF'], 'a.wav')
  expect((await client.audio.transcriptions.create({ model: 'm', file })).text).toBe('hi')
  expect(server.requests[0]?.body).toContain('filename="a.wav"')
  const [call] = await calls()
  expect([call?.stage, call?.contents]).toEqual(['complete', { output: { text: 'hi' } }])
})

test('an upload that is a stream is read by the request alone', async () => {
  const { client, calls } = clientOf('{"text":"hi"}', 'application/json', 'digest')
  const streamed = toStreamingFile(new Blob(['RIFF']).stream(), 'a.wav')
  const { text } = await client.audio.transcriptions.create({ model: 'm', file: streamed })
  expect(text).toBe('hi')
  const [call] = await calls()
  expect(call?.stage).toBe('complete')
  expect(call?.contents).not.toHaveProperty('input')
})
