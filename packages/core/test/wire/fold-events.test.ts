import { describe, expect, test } from 'vitest'
import type { Protocol } from '../../src/adapter.ts'
import { readAnswer } from '../../src/wire/read-answer.ts'

const protocol: Protocol<string[]> = {
  name: 'test.words',
  framing: 'sse',
  matches: () => true,
  readRequest: () => ({ operation: 'chat', provider: 'test' }),
  readResponse: (output) => ({ output }),
  start: () => [],
  step: (words, event) => [...words, String((event as { word?: string }).word ?? '')],
  isLast: (event) => (event as { last?: boolean }).last === true,
  finish: (words) => ({ output: words.join('') }),
  structure: ['/last']
}

const read = (text: string, throwsAt?: Protocol['throwsAt'], contentType = 'text/event-stream') =>
  readAnswer({ ...protocol, ...(throwsAt && { throwsAt }) } as Protocol, {
    contentType,
    chunks: [...new TextEncoder().encode(text)].map((byte) => Uint8Array.of(byte)),
    whole: true
  })

const WORD = 'data: {"word":"Hi"}\n\n'
const LAST = 'data: {"last":true}\n\n'

describe('a stream ends as its client met the end', () => {
  test.each([
    [
      'an object',
      'data: {"error":{"message":"gone","code":7}}\n\n',
      { message: 'gone', code: '7' }
    ],
    ['a bare object', 'data: {"message":"gone"}\n\n', { message: 'gone' }],
    ['a text', 'data: gone\n\n', { message: 'gone' }],
    ['an object without words', 'data: {}\n\n', { message: '{}' }]
  ])('an event named error is one: %s', (_form, data, error) => {
    expect(read(`${WORD}event: error\n${data}`)).toMatchObject({ error })
  })

  test('an end without any sign of it is marked, or an error where clients throw', () => {
    expect(read(WORD)).toEqual({ output: 'Hi', events: 1, flaw: 'stream_unended' })
    expect(read(WORD, ['unended']).error).toMatchObject({ type: 'stream_unended' })
    for (const whole of [`${WORD}${LAST}`, `${WORD}data: [DONE]\n\n`]) {
      expect(read(whole)).not.toHaveProperty('flaw')
    }
  })

  test('what the end cut off is kept, and an error where clients throw', () => {
    const cut = `${WORD}${LAST}data: {"word":"th`
    expect(read(cut)).toMatchObject({ rest: '{"word":"th' })
    expect(read(cut)).not.toHaveProperty('error')
    expect(read(cut, ['cut']).error).toMatchObject({ type: 'malformed_response' })
    const bare = `${WORD}{"error":{"message":"gone"}}`
    expect(read(bare, ['cut'])).toMatchObject({ error: { message: 'gone' } })
  })

  test('a line that is not JSON is an error, unless clients pass over it', () => {
    const bad = `${WORD}data: rubbish\n\n${LAST}`
    expect(read(bad).error).toMatchObject({ type: 'malformed_response' })
    const passed = read(bad, [])
    expect(passed).not.toHaveProperty('error')
    expect(passed.rest).toBe('rubbish')
  })

  test('a line that is not JSON is no error where clients pass over events without a name', () => {
    const named = (text: string) =>
      readAnswer({ ...protocol, needsNames: true } as Protocol, {
        contentType: 'text/event-stream',
        chunks: [text],
        whole: true
      })
    const passed = named(`${WORD}data: rubbish\n\n${LAST}`)
    expect(passed).not.toHaveProperty('error')
    expect(passed.rest).toBe('rubbish')
    const heard = named(`${WORD}event: word\ndata: rubbish\n\n${LAST}`)
    expect(heard.error).toMatchObject({ type: 'malformed_response' })
  })

  test('the end mark of another format is an error where clients take it for an event', () => {
    const marked = `${WORD}data: [DONE]\n\n`
    expect(read(marked)).not.toHaveProperty('error')
    expect(read(marked, ['done']).error).toMatchObject({ type: 'malformed_response' })
  })

  test.each([
    'event: error\ndata: {"message":"gone"}\n\n',
    'data: {"error":{"message":"gone"}}\n\n',
    'data: gone\n\n',
    'data: {"gone'
  ])('what stands behind the end mark is kept, and nothing that clients meet: %j', (behind) => {
    const found = read(`${WORD}data: [DONE]\n\n${behind}`, ['malformed', 'part'])
    expect(found).toMatchObject({ output: 'Hi', events: 1 })
    expect(found).not.toHaveProperty('error')
    expect(JSON.stringify(found.rest)).toContain('gone')
  })

  test('a stream that says to be JSON is read as the stream that it is', () => {
    expect(read(`${WORD}${LAST}`, undefined, 'application/json')).toMatchObject({
      output: 'Hi',
      events: 2
    })
    expect(read('{"word":"Hi"}', undefined, 'application/json')).toMatchObject({
      output: { word: 'Hi' }
    })
  })
})

describe('what comes in the place of a stream is met as its client meets it', () => {
  const asked = (text: string, throwsAt?: Protocol['throwsAt'], type = 'application/json') =>
    readAnswer({ ...protocol, ...(throwsAt && { throwsAt }) } as Protocol, {
      contentType: type,
      chunks: [text],
      whole: true,
      asked: { stream: true }
    })

  test('by most as a stream without events, whatever it is', () => {
    expect(asked('{"a":1}')).toEqual({ output: { a: 1 }, flaw: 'stream_unended' })
    expect(asked('<html>', undefined, 'text/html')).toEqual({
      output: '<html>',
      flaw: 'stream_unended'
    })
    for (const type of ['application/json', 'text/event-stream']) {
      expect(asked('', undefined, type)).toMatchObject({ flaw: 'stream_unended' })
    }
  })

  test('by some as an error, which keeps what came', () => {
    const error = { type: 'malformed_response' }
    expect(asked('{"a":1}', ['cut'])).toMatchObject({ output: { a: 1 }, error })
    expect(asked('[{"a":1}]', ['cut'])).not.toHaveProperty('error')
    expect(asked('[{"a":1}]', ['cut', 'list'])).toMatchObject({ output: [{ a: 1 }], error })
    expect(asked('{"a":1}', ['unstreamed'])).toMatchObject({ output: { a: 1 }, error })
    expect(asked(`${WORD}${LAST}`, ['unstreamed'])).toMatchObject({ output: 'Hi', error })
    expect(asked('{"a":1}', ['unstreamed'], 'text/event-stream')).not.toHaveProperty('error')
    expect(asked('{"last":true}', ['unended'])).toMatchObject({ error })
  })

  test('by versions of a client in their own way', () => {
    const throwsAt: Protocol['throwsAt'] = (client) =>
      client?.version === '7' ? ['part'] : ['malformed']
    const read = (version: string) =>
      readAnswer({ ...protocol, throwsAt } as Protocol, {
        contentType: 'text/event-stream',
        chunks: [`${WORD}${LAST}data: {"wor`],
        whole: true,
        asked: { client: { name: 'client', version } }
      })
    expect(read('7').error).toMatchObject({ type: 'malformed_response' })
    expect(read('6')).not.toHaveProperty('error')
  })
})
