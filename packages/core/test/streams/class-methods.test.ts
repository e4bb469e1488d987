import { describe, expect, test } from 'vitest'
import { fakeServer } from '../../../testing/src/index.ts'
import { CHAT, post, watched } from '../watched.ts'

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const { prototype } = Response
const body = (response: Response) => response.body as ReadableStream<Uint8Array<ArrayBuffer>>

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text
    text += decode(value)
  }
}

async function readViews(reader: ReadableStreamBYOBReader): Promise<string> {
  let text = ''
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(3))
    if (done) return text
    text += decode(value)
  }
}

/** Ways around the methods of a response and of its stream, each of which gives the whole body. */
const ways: { readonly [way: string]: (response: Response) => Promise<string> } = {
  'new ReadableStreamDefaultReader(body)': (response) =>
    readAll(new ReadableStreamDefaultReader(body(response))),
  'new ReadableStreamBYOBReader(body)': (response) =>
    readViews(new ReadableStreamBYOBReader(body(response))),
  'getReader() of the class': (response) =>
    readAll(ReadableStream.prototype.getReader.call(body(response)) as never),
  'two readers, one after the other': async (response) => {
    const first = new ReadableStreamDefaultReader(body(response))
    const { value = new Uint8Array() } = await first.read()
    first.releaseLock()
    return decode(value) + (await readAll(new ReadableStreamDefaultReader(body(response))))
  },
  'text() of the class': (response) => prototype.text.call(response),
  'json() of the class': async (response) => JSON.stringify(await prototype.json.call(response)),
  'arrayBuffer() of the class': async (response) =>
    decode(new Uint8Array(await prototype.arrayBuffer.call(response))),
  'bytes() of the class': async (response) => decode(await prototype.bytes.call(response)),
  'blob() of the class': async (response) => (await prototype.blob.call(response)).text(),
  'the getter of the class': (response) => {
    const stream: unknown = Reflect.get(prototype, 'body', response)
    return readAll((stream as ReadableStream<Uint8Array>).getReader())
  },
  'clone() of the class': async (response) => {
    const copy = prototype.clone.call(response)
    return (await copy.text()) && (await prototype.text.call(response))
  }
}

const inMemory = async (url: string) => {
  const { headers, body: stream } = await fetch(url)
  const transform = new TransformStream()
  stream?.pipeTo(transform.writable).catch(() => undefined)
  return new Response(transform.readable, { headers })
}

describe.each([
  ['a connection', (url: string) => fetch(url)],
  ['a stream in memory', inMemory]
])('a body that is read past the methods laid over it, from %s', (_source, base) => {
  const possible = Object.entries(ways).filter(
    ([way]) => base !== inMemory || !way.includes('BYOB')
  )
  test.each(possible)('%s', async (_way, read) => {
    await using server = await fakeServer({ chunks: ['{"a":', '1}'], pauseMs: 1 })
    const control = await read(await base(server.url))
    const { fetch, stages, calls } = watched(() => base(server.url))
    expect(await read(await fetch(CHAT, post))).toBe(control)
    expect(await stages()).toEqual([['complete', undefined]])
    expect((await calls())[0]?.contents.output).toEqual({ a: 1 })
  })
})

/** What the runtime reads by itself: no method of the body, and none of its reader, is called. */
const streams = ReadableStream.prototype
const inOne = (stream: ReadableStream<Uint8Array>) =>
  readAll(new ReadableStreamDefaultReader(stream))
const past: typeof ways = {
  'pipeTo() of the class': async (response) => {
    let text = ''
    const write = (bytes: Uint8Array) => {
      text += decode(bytes)
    }
    await streams.pipeTo.call(body(response), new WritableStream({ write }))
    return text
  },
  'pipeThrough() of the class': (response) =>
    inOne(streams.pipeThrough.call(body(response), new TransformStream()) as never),
  'tee() of the class': async (response) => {
    const [one, other] = streams.tee.call(body(response)) as ReadableStream<Uint8Array>[]
    return (one && (await inOne(one))) + String(other && (await inOne(other)))
  },
  'values() of the class': async (response) => {
    let text = ''
    for await (const bytes of streams.values.call(body(response))) text += decode(bytes as never)
    return text
  },
  'a structured clone': (response) => {
    const stream = body(response)
    return inOne(structuredClone(stream, { transfer: [stream] }))
  },
  'a structured clone of a clone, whose other half is left': (response) => {
    const stream = body(response.clone())
    response.body?.cancel().catch(() => undefined)
    return inOne(structuredClone(stream, { transfer: [stream] }))
  },
  'a structured clone behind the first bytes': async (response) => {
    const stream = body(response)
    const reader = stream.getReader()
    const { value } = await reader.read()
    reader.releaseLock()
    return decode(value as never) + (await inOne(structuredClone(stream, { transfer: [stream] })))
  },
  'a reader behind a pipe that left the body open': async (response) => {
    const stop = new AbortController()
    let text = ''
    const write = (bytes: Uint8Array) => {
      text += decode(bytes)
      stop.abort()
    }
    const [{ signal }, preventCancel] = [stop, true]
    const destination = new WritableStream({ write })
    await streams.pipeTo.call(body(response), destination, { signal, preventCancel }).catch(() => 1)
    return text + (await inOne(body(response)))
  }
}

describe('a body that the runtime reads by itself', () => {
  test.each(Object.entries(past))('%s', async (_way, read) => {
    await using server = await fakeServer({ chunks: ['{"a":', '1}'], pauseMs: 1 })
    const control = await read(await fetch(server.url))
    const { fetch: watching, stages, calls } = watched(() => fetch(server.url))
    expect(await read(await watching(CHAT, post))).toBe(control)
    await expect.poll(stages).toEqual([['complete', undefined]])
    expect((await calls())[0]?.contents.output).toEqual({ a: 1 })
  })

  test('one that nobody can look into is not said to be complete', async () => {
    await using server = await fakeServer({ chunks: ['{"a":', '1}'], pauseMs: 1 })
    const { fetch: watching, stages, calls } = watched(() => inMemory(server.url))
    const stream = body(await watching(CHAT, post))
    expect(await inOne(structuredClone(stream, { transfer: [stream] }))).toBe('{"a":1}')
    await expect.poll(stages).toMatchObject([['cancelled', expect.any(String)]])
    expect((await calls())[0]?.record.altered).toContainEqual(
      expect.objectContaining({ pointer: '/output', what: 'unread' })
    )
  })
})

test('a body that is read as a form', async () => {
  const type = 'application/x-www-form-urlencoded'
  await using server = await fakeServer({ chunks: ['a=1'], headers: { 'content-type': type } })
  const { fetch: watching, calls } = watched(() => fetch(server.url))
  expect([...(await (await watching(CHAT, post)).formData())]).toEqual([['a', '1']])
  expect((await calls())[0]?.contents.output).toBe('a=1')
})

test('a reader that the application makes and cancels ends the call', async () => {
  await using server = await fakeServer({ chunks: ['{"a":'], after: 'hang' })
  const { fetch: watching, stages } = watched(() => fetch(server.url))
  const reader = new ReadableStreamDefaultReader(body(await watching(CHAT, post)))
  await reader.read()
  await reader.cancel()
  expect(await stages()).toEqual([['cancelled', 'consumer']])
})
