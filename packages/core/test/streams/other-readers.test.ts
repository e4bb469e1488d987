import { describe, expect, test } from 'vitest'
import { CHAT, post, watched } from '../watched.ts'

/** A body that comes when it is told to, natively and watched. */
function coming() {
  const bodies: ReadableStreamDefaultController<Uint8Array>[] = []
  const answer = () =>
    new Response(new ReadableStream<Uint8Array>({ start: (given) => void bodies.push(given) }), {
      headers: { 'content-type': 'application/json' }
    })
  const { fetch, stages } = watched(async () => answer())
  const send = (text: string) => {
    for (const body of bodies) {
      body.enqueue(new TextEncoder().encode(text))
      body.close()
    }
  }
  return { answer, send, stages, fetch: async () => await fetch(CHAT, post) }
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (response.body) return response.body
  throw new TypeError('the response has no body')
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader()
  while (!(await reader.read()).done);
}

const outcomeOf = (run: () => Promise<unknown>) => {
  try {
    return run().then(
      () => 'resolved',
      (error: Error) => `rejected: ${error.message}`
    )
  } catch (error) {
    return `threw: ${(error as Error).message}`
  }
}

const complete = [['complete', undefined]]

describe('a body that goes on after one of its readers is complete when it ends', () => {
  test('a reader that is released while it reads', async () => {
    const { fetch, send, stages } = coming()
    const body = bodyOf(await fetch())
    const reader = body.getReader()
    const pending = reader.read().catch(() => 'released')
    reader.releaseLock()
    expect(await pending).toBe('released')
    send('1')
    await readAll(body)
    expect(await stages()).toEqual(complete)
  })

  test('a second reader that is refused while the first one goes on', async () => {
    const { fetch, send, stages } = coming()
    const response = await fetch()
    const reader = bodyOf(response).getReader()
    await expect(response.text()).rejects.toThrow(TypeError)
    send('1')
    while (!(await reader.read()).done);
    expect(await stages()).toEqual(complete)
  })

  test('a second text() that is refused', async () => {
    const { fetch, send, stages } = coming()
    const response = await fetch()
    const first = response.text()
    await expect(response.text()).rejects.toThrow(TypeError)
    send('1')
    await first
    expect(await stages()).toEqual(complete)
  })

  test.each([
    ['read', (reader: ReadableStreamDefaultReader) => reader.read()],
    ['cancelled', (reader: ReadableStreamDefaultReader) => reader.cancel()]
  ])('a released reader that is %s', async (_what, use) => {
    const { fetch, send, stages } = coming()
    const body = bodyOf(await fetch())
    const reader = body.getReader()
    reader.releaseLock()
    await expect(use(reader)).rejects.toThrow(TypeError)
    send('1')
    await readAll(body)
    expect(await stages()).toEqual(complete)
  })

  test('a stream that is cancelled while a reader has it', async () => {
    const { fetch, send, stages } = coming()
    const body = bodyOf(await fetch())
    const reader = body.getReader()
    await expect(body.cancel()).rejects.toThrow(TypeError)
    send('1')
    while (!(await reader.read()).done);
    expect(await stages()).toEqual(complete)
  })

  test('a loop that leaves the stream open', async () => {
    const { fetch, send, stages } = coming()
    const body = bodyOf(await fetch())
    const iterator = body.values({ preventCancel: true })
    const first = iterator.next()
    send('1')
    await first
    await iterator.return?.()
    await readAll(body)
    expect(await stages()).toEqual(complete)
  })

  test('a clone that is cancelled', async () => {
    const { fetch, send, stages } = coming()
    const response = await fetch()
    const cancelled = bodyOf(response.clone()).cancel()
    send('1')
    expect(await response.text()).toBe('1')
    await Promise.race([cancelled, response])
    expect(await stages()).toEqual(complete)
  })

  test('a pipe whose other end failed, and that leaves the stream open', async () => {
    const { fetch, answer, send, stages } = coming()
    const piped = (response: Response) => {
      const to = new WritableStream({ start: (controller) => controller.error(new Error('full')) })
      return bodyOf(response).pipeTo(to, { preventCancel: true })
    }
    const [native, response] = [answer(), await fetch()]
    for (const one of [native, response]) await expect(piped(one)).rejects.toThrow('full')
    expect([response.body?.locked, native.body?.locked]).toEqual([false, false])
    send('1')
    await readAll(bodyOf(response))
    expect(await stages()).toEqual(complete)
  })
})

test.each(['text', 'json', 'arrayBuffer', 'bytes', 'blob'] as const)(
  'a body that breaks off while %s() takes it is an error',
  async (name) => {
    const broken = new TypeError('terminated')
    const pieces = ['{"half']
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = pieces.shift()
          if (piece === undefined) controller.error(broken)
          else controller.enqueue(new TextEncoder().encode(piece))
        }
      })
    const { fetch, stages } = watched(async () => new Response(body()))
    const response = await fetch(CHAT, post)
    await expect(response[name]()).rejects.toBe(broken)
    expect((await stages()).map(([stage]) => stage)).toEqual(['error'])
  }
)

describe('a pipe that cannot be is refused as without a log', () => {
  const toNothing = (body: ReadableStream) => body.pipeTo({} as WritableStream)
  const lockedTo = (body: ReadableStream) => {
    body.getReader()
    return body.pipeTo(new WritableStream())
  }
  const throughNothing = async (body: ReadableStream) => body.pipeThrough({} as TransformStream)
  const throughLocked = async (body: ReadableStream) => {
    const pair = new TransformStream()
    pair.writable.getWriter()
    return body.pipeThrough(pair)
  }
  test.each([
    ['to what is not a stream', toNothing],
    ['from a locked stream', lockedTo],
    ['through what is not a pair', throughNothing],
    ['through a locked pair', throughLocked]
  ])('%s', async (_what, pipe) => {
    const { fetch, answer } = coming()
    const [native, body] = [bodyOf(answer()), bodyOf(await fetch())]
    const expected = await outcomeOf(() => pipe(native))
    expect(await outcomeOf(() => pipe(body))).toBe(expected)
    expect(body.locked).toBe(native.locked)
  })

  test('a pipe that has ended leaves no lock', async () => {
    const { fetch, answer, send } = coming()
    const [native, body] = [bodyOf(answer()), bodyOf(await fetch())]
    const pipes = [native, body].map((one) => one.pipeTo(new WritableStream()))
    send('1')
    await Promise.all(pipes)
    expect([native.locked, body.locked]).toEqual([false, false])
  })
})

test('an async generator that catches what is thrown into it goes on', async () => {
  const { log, stages } = watched(async () => Response.json(1))
  async function* words() {
    try {
      yield 'a'
    } catch {
      yield 'caught'
    }
    yield 'b'
  }
  const iterator = log.record({ operation: 'chat', provider: 'test' }, words)
  const seen = [await iterator.next(), await iterator.throw(new Error('no')), await iterator.next()]
  expect(seen.map(({ value }) => value)).toEqual(['a', 'caught', 'b'])
  expect((await iterator.next()).done).toBe(true)
  expect(await stages()).toEqual(complete)
})
