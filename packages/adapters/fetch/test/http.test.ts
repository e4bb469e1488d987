import http, { get, request as namedRequest } from 'node:http'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { type Answer, fakeServer, memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { auditHttp } from '../src/index.ts'

const chat = { model: 'm', messages: [{ role: 'user', content: 'rain?' }] }
const message = { role: 'assistant', content: 'yes, é' }
const body = { id: 'c', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] }
const event = (content: string, reason: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`
const events = ['a', 'b', 'c'].map((text) => event(text))
const streamed: Answer = {
  headers: { 'content-type': 'text/event-stream' },
  chunks: [...events, event('', 'stop'), 'data: [DONE]\n\n']
}

interface Heard {
  status: number | undefined
  text: string
  error?: string
}

/** Sends a request as a client on `node:http` does, and hears what comes. */
function send(url: string, { write, leave }: { write?: boolean; leave?: boolean } = {}) {
  return new Promise<Heard>((resolve) => {
    const heard: Heard = { status: undefined, text: '' }
    const options = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const request = http.request(url, options, (response) => {
      heard.status = response.statusCode
      response.on('data', (chunk) => {
        heard.text += chunk
        if (leave) request.destroy()
      })
      response.on('end', () => resolve(heard))
      response.on('error', () => resolve(heard))
    })
    request.on('error', (error) =>
      resolve({ ...heard, error: (error as { code?: string }).code ?? '' })
    )
    const text = JSON.stringify(chat)
    if (write) {
      request.write(text.slice(0, 9))
      request.write(Buffer.from(text.slice(9)))
      request.end()
    } else request.end(text)
  })
}

const cases: { readonly [name: string]: readonly [Answer, object?] } = {
  'an answer in one piece': [{ chunks: [JSON.stringify(body)] }],
  'a body that is written in pieces': [{ chunks: [JSON.stringify(body)] }, { write: true }],
  'a streamed answer': [streamed],
  'an error of the server': [{ status: 429, chunks: ['{"error":{"message":"slow down"}}'] }],
  'a connection that is cut': [{ ...streamed, chunks: events, after: 'destroy' }],
  'no answer at all': [{ before: 'destroy' }],
  'a consumer that leaves': [{ ...streamed, chunks: events, after: 'hang' }, { leave: true }]
}

test.each(Object.entries(cases))(
  '%s: the client meets what it would',
  async (name, [answer, how]) => {
    await using server = await fakeServer(answer)
    const url = `${server.url}/v1/chat/completions`
    const bare = await send(url, how)
    const { log, calls, problems } = memoryLog()
    using _ = auditHttp(log)
    using _again = auditHttp(log)
    expect(await send(url, how)).toEqual(bare)
    const [first, second] = server.requests
    expect(second?.body).toBe(first?.body)
    await expect.poll(async () => (await calls())[0]?.stage).not.toBe('received')
    const [call, ...more] = await calls()
    expect(more).toEqual([])
    expect([call?.stage, call?.record.outcome?.by]).toEqual(STAGES[name] ?? ['complete', undefined])
    expect(call?.contents.input).toEqual(chat.messages)
    if (bare.text !== '' && bare.status === 200) {
      expect(JSON.stringify(call?.contents.output)).toContain(
        name.includes('piece') ? 'yes, é' : 'a'
      )
    }
    expect(problems).toEqual([])
  }
)

const STAGES: { readonly [name: string]: readonly unknown[] } = {
  'an error of the server': ['error', undefined],
  'a connection that is cut': ['error', undefined],
  'no answer at all': ['error', undefined],
  'a consumer that leaves': ['cancelled', 'consumer']
}

test('a compressed answer is read; its client decompresses it itself', async () => {
  const packed = gzipSync(JSON.stringify(body))
  const headers = { 'content-encoding': 'gzip' }
  await using server = await fakeServer({
    headers,
    chunks: [packed.subarray(0, 20), packed.subarray(20)]
  })
  const { log, calls } = memoryLog()
  using _ = auditHttp(log)
  await send(`${server.url}/v1/chat/completions`)
  await expect.poll(async () => (await calls())[0]?.stage).toBe('complete')
  expect((await calls())[0]?.contents.output).toEqual(body.choices)
})

const plainBytes = Buffer.from(JSON.stringify(body))

test.each([
  ['deflate', deflateSync(plainBytes)],
  ['Deflate', deflateRawSync(plainBytes)],
  ['br', brotliCompressSync(plainBytes)],
  ['gzip, br', brotliCompressSync(gzipSync(plainBytes))],
  ['identity, gzip', gzipSync(plainBytes)],
  ['aws-chunked', plainBytes]
])('an answer whose encoding is %s is read as clients read it', async (encoding, packed) => {
  const headers = { 'content-encoding': encoding }
  await using server = await fakeServer({ headers, chunks: [packed] })
  const { log, calls } = memoryLog()
  using _ = auditHttp(log)
  await send(`${server.url}/v1/chat/completions`)
  await expect.poll(async () => (await calls())[0]?.stage).toBe('complete')
  expect((await calls())[0]?.contents.output).toEqual(body.choices)
})

test('an answer that is not what its encoding says is kept as it came', async () => {
  const headers = { 'content-encoding': 'gzip' }
  await using server = await fakeServer({ headers, chunks: ['no such thing'] })
  const { log, calls } = memoryLog()
  using _ = auditHttp(log)
  await send(`${server.url}/v1/chat/completions`)
  await expect.poll(async () => (await calls())[0]?.stage).toBe('error')
  expect((await calls())[0]?.contents.output).toBe('no such thing')
})

test.each(['utf8', 'latin1', 'base64'] as const)(
  'an answer that is taken as %s is read as it came',
  async (encoding) => {
    const pieces = [plainBytes.subarray(0, 61), plainBytes.subarray(61)]
    await using server = await fakeServer({ chunks: pieces })
    const { log, calls } = memoryLog()
    using _ = auditHttp(log)
    await new Promise((resolve) => {
      const url = `${server.url}/v1/chat/completions`
      const request = http.request(url, { method: 'POST' }, (response) =>
        response.setEncoding(encoding).resume().on('end', resolve)
      )
      request.end(JSON.stringify(chat))
    })
    await expect.poll(async () => (await calls())[0]?.stage).toBe('complete')
    expect((await calls())[0]?.contents.output).toEqual(body.choices)
  }
)

test('a body that is written in other encodings is read', async () => {
  await using server = await fakeServer({ chunks: [plainBytes] })
  const { log, calls } = memoryLog()
  using _ = auditHttp(log)
  await new Promise((resolve) => {
    const url = `${server.url}/v1/chat/completions`
    const request = http.request(url, { method: 'POST' }, (one) => one.resume().on('end', resolve))
    request.write(Buffer.from(JSON.stringify(chat)).toString('base64'), 'base64')
    request.end()
  })
  await expect.poll(async () => (await calls())[0]?.stage).toBe('complete')
  expect((await calls())[0]?.contents.input).toEqual(chat.messages)
})

test('a body whose memory is used again, and one of another realm, are read as they were sent', async () => {
  await using server = await fakeServer({ chunks: [plainBytes] })
  const { log, calls } = memoryLog()
  using _ = auditHttp(log)
  const text = JSON.stringify(chat)
  await new Promise((resolve) => {
    const url = `${server.url}/v1/chat/completions`
    const request = http.request(url, { method: 'POST' }, (one) => one.resume().on('end', resolve))
    const piece = Buffer.from(text.slice(0, 9))
    const foreign = runInNewContext('Uint8Array.from(bytes)', { bytes: Buffer.from(text.slice(9)) })
    request.write(piece, () => {
      piece.fill(0)
      request.end(foreign)
    })
  })
  await expect.poll(async () => (await calls())[0]?.stage).toBe('complete')
  expect((await calls())[0]?.contents.input).toEqual(chat.messages)
})

test.each(['gzip', 'identity'])(
  'an answer (%s) whose bytes are overwritten is read as it came',
  async (encoding) => {
    const packed = encoding === 'gzip' ? gzipSync(plainBytes) : plainBytes
    await using server = await fakeServer({
      headers: { 'content-encoding': encoding },
      chunks: [packed]
    })
    const { log, calls } = memoryLog()
    using _ = auditHttp(log)
    await new Promise((resolve) => {
      const url = `${server.url}/v1/chat/completions`
      const request = http.request(url, { method: 'POST' }, (response) =>
        response.on('data', (bytes: Buffer) => void bytes.fill(0)).on('end', resolve)
      )
      request.end(JSON.stringify(chat))
    })
    await expect.poll(async () => (await calls())[0]?.stage).not.toBe('open')
    expect((await calls())[0]?.contents.output).toEqual(body.choices)
  }
)

test.each([
  ['breaks off', 'destroy', () => undefined, 'error'],
  ['is left', 'hang', (response: http.IncomingMessage) => response.destroy(), 'cancelled']
] as const)(
  'an answer that %s where nobody listens for its errors',
  async (_what, after, leave, stage) => {
    const headers = { 'content-type': 'application/json' }
    await using server = await fakeServer({ headers, chunks: ['{"half'], after })
    const { log, calls } = memoryLog()
    using _ = auditHttp(log)
    await new Promise((resolve) => {
      const url = `${server.url}/v1/chat/completions`
      const request = http.request(url, { method: 'POST' }, (response) =>
        response.on('data', () => leave(response)).on('close', resolve)
      )
      request.on('error', () => undefined).end(JSON.stringify(chat))
    })
    const [call] = await calls()
    expect([call?.stage, call?.contents.output]).toEqual([stage, '{"half'])
  }
)

test('named imports are watched; other paths, silent code and what comes after the end are not', async () => {
  await using server = await fakeServer({ chunks: ['{}'] })
  const { log, calls } = memoryLog()
  const watch = auditHttp(log)
  const ask = (path: string) =>
    new Promise((resolve) => {
      const request = namedRequest(`${server.url}${path}`, { method: 'POST' }, (response) => {
        response.resume().on('end', resolve)
      })
      request.end('{}')
    })
  await ask('/v1/chat/completions')
  await ask('/v1/other')
  await new Promise((resolve) =>
    get(`${server.url}/v1/models`, (one) => one.resume().on('end', resolve))
  )
  await log.withoutRecording(() => ask('/v1/chat/completions'))
  watch[Symbol.dispose]()
  await ask('/v1/chat/completions')
  expect(server.requests).toHaveLength(5)
  expect(await calls()).toHaveLength(1)
})

test('in blocking-strict the request waits for its record, and is not sent without', async () => {
  await using server = await fakeServer({ chunks: [JSON.stringify(body)] })
  const { log, journal } = memoryLog({ mode: 'blocking-strict', deadlineMs: 5_000 })
  using _ = auditHttp(log)
  const url = `${server.url}/v1/chat/completions`
  expect((await send(url)).status).toBe(200)
  journal.append = () => Promise.reject(new Error('full'))
  expect((await send(url)).error).toBe('not_recorded')
  expect(server.requests).toHaveLength(1)
})

test.each([
  ['hears why in place of the end', true],
  ['meets the end where nobody listens for errors', false]
])(
  'in blocking-strict an answer that cannot be recorded: its reader %s',
  async (_what, listens) => {
    await using server = await fakeServer({ chunks: [JSON.stringify(body)] })
    const { log, journal } = memoryLog({ mode: 'blocking-strict', deadlineMs: 50 })
    using _ = auditHttp(log)
    const met = await new Promise((resolve) => {
      const url = `${server.url}/v1/chat/completions`
      const request = http.request(url, { method: 'POST' }, (response) => {
        journal.append = () => Promise.reject(new Error('full'))
        response.resume().on('end', () => resolve('end'))
        if (listens) response.on('error', ({ name }) => resolve(name))
      })
      request.end(JSON.stringify(chat))
    })
    expect(met).toBe(listens ? 'AuditError' : 'end')
  }
)
