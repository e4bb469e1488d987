import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { memoryLog } from '../../../testing/src/index.ts'
import { digestMedia } from '../../src/record/digest-media.ts'

const bytes = new TextEncoder().encode('not really a picture')
const base64 = Buffer.from(bytes).toString('base64')
const sha256 = createHash('sha256').update(bytes).digest('hex')
const media = (type?: string) => ({
  media: { sha256, bytes: bytes.length, ...(type !== undefined && { type }) }
})
const url = `data:image/png;base64,${base64}`

describe('media in a content', () => {
  test.each<[string, unknown, unknown]>([
    [
      'OpenAI image_url',
      { type: 'image_url', image_url: { url } },
      { type: 'image_url', image_url: { url: media('image/png') } }
    ],
    [
      'OpenAI input_audio',
      { input_audio: { data: base64, format: 'wav' } },
      { input_audio: { data: media('wav'), format: 'wav' } }
    ],
    [
      'OpenAI audio answer',
      { audio: { id: 'a', data: base64, transcript: 'hi' } },
      { audio: { id: 'a', data: media(), transcript: 'hi' } }
    ],
    ['OpenAI image', { data: [{ b64_json: base64 }] }, { data: [{ b64_json: media() }] }],
    [
      'Responses image',
      { type: 'image_generation_call', result: base64 },
      { type: 'image_generation_call', result: media() }
    ],
    [
      'Anthropic source',
      { source: { type: 'base64', media_type: 'image/png', data: base64 } },
      { source: { type: 'base64', media_type: 'image/png', data: media('image/png') } }
    ],
    [
      'Gemini inlineData',
      { inlineData: { mimeType: 'audio/wav', data: base64 } },
      { inlineData: { mimeType: 'audio/wav', data: media('audio/wav') } }
    ],
    [
      'Bedrock image',
      { image: { format: 'png', source: { bytes: base64 } } },
      { image: { format: 'png', source: { bytes: media() } } }
    ],
    [
      'Ollama images',
      { content: 'what is it?', images: [base64] },
      { content: 'what is it?', images: [media()] }
    ],
    [
      'bytes of an AI SDK file',
      { type: 'file', mediaType: 'application/pdf', data: bytes },
      { type: 'file', mediaType: 'application/pdf', data: media('application/pdf') }
    ],
    ['bytes alone', bytes, media()]
  ])('%s becomes a reference', (_name, value, expected) => {
    const before = structuredClone(value)
    const found = digestMedia('input', value)
    expect(found.value).toEqual(expected)
    expect(found.media.map(({ body }) => [...body])).toEqual([[...bytes]])
    expect(found.altered).toHaveLength(1)
    expect(value).toEqual(before)
  })

  test.each<[string, unknown]>([
    ['words', { role: 'user', content: 'data:image/png;base64,AAAA is a data URL' }],
    ['a data URL that a user wrote', { role: 'user', content: url, text: url }],
    ['encrypted reasoning', { type: 'redacted_thinking', data: base64 }],
    ['signatures', { type: 'thinking', thinking: 'x', signature: base64 }],
    ['rows of a tool result', { data: base64, rows: [1, 2] }],
    ['links', { image_url: { url: 'https://host/a.png' } }],
    ['a date', { at: new Date(0) }]
  ])('%s stay as they are', (_name, value) => {
    const found = digestMedia('input', value)
    expect(found.value).toBe(value)
    expect(found.altered).toEqual([])
  })

  test('does not run away on cycles, and names where it was', () => {
    const loop: { [name: string]: unknown } = { list: [{ 'a/b': { url } }] }
    loop.self = loop
    expect(digestMedia('input', loop).altered).toEqual([
      { pointer: '/input/list/0/a~1b/url', what: 'digested', bytes: bytes.length }
    ])
  })
})

describe('a record', () => {
  test('keeps the bytes that were sent, whatever the application makes of them afterwards', async () => {
    const { log, journal } = memoryLog({ media: 'keep' })
    const samples = Float32Array.of(1, 2, 3)
    const sent = Buffer.from(samples.slice().buffer)
    log.record({ operation: 'transcription', provider: 'x', input: samples }, () => 'text')
    samples.fill(9)
    await log.close()
    expect([...samples]).toEqual([9, 9, 9])
    const kept = journal.records
      .flatMap(({ contents }) => contents)
      .find(({ name }) => name === `media.${createHash('sha256').update(sent).digest('hex')}`)
    expect(Buffer.from(kept?.body as Uint8Array)).toEqual(sent)
  })

  const ask = async (options: Parameters<typeof memoryLog>[0]) => {
    const { log, calls } = memoryLog(options)
    const input = [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }]
    log.record({ operation: 'chat', provider: 'x', input }, () => ({ images: [base64] }))
    const [call] = await calls()
    return { call, altered: call?.record.altered, contents: call?.contents ?? {} }
  }

  const marked = (what: string) => [
    { pointer: '/input/0/content/0/image_url/url', what, bytes: bytes.length },
    { pointer: '/output/images/0', what, bytes: bytes.length }
  ]

  test('keeps the digest of media and says so', async () => {
    const { contents, altered } = await ask({})
    expect(contents.input).toEqual([
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: media('image/png') } }]
      }
    ])
    expect(contents.output).toEqual({ images: [media()] })
    expect(altered).toEqual(marked('digested'))
    expect(Object.keys(contents)).not.toContain(`media.${sha256}`)
  })

  test('keeps the bytes as a content of their own where the log is told to', async () => {
    const { contents, altered } = await ask({ media: 'keep' })
    expect(contents[`media.${sha256}`]).toEqual(bytes)
    expect(altered).toEqual(marked('moved'))
  })
})
