import { expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

/** What is recorded of a value that a function gives, once the application has used it. */
async function recorded<T>(value: T, use: (value: T) => unknown) {
  const { log, journal } = newLog()
  const given = log.record(chat, () => value)
  expect(given).toBe(value)
  const used = await use(given)
  await log.flush()
  const [call] = callsOf(journal.records)
  return { used, ended: [call?.stage, call?.record.outcome?.by, call?.contents.output] }
}

const words = ['an ', 'answer']

function streamOf<T>(items: readonly T[]): ReadableStream<T> {
  return new ReadableStream<T>({
    start(controller) {
      for (const item of items) controller.enqueue(item)
      controller.close()
    }
  })
}

const stream = () => streamOf(words)

async function readAll(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = ''
  for (let result = await reader.read(); !result.done; result = await reader.read()) {
    text += result.value
  }
  return text
}

async function join(items: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const item of items) text += item
  return text
}

test.each<[string, (stream: ReadableStream<string>) => Promise<string>]>([
  ['a reader', (one) => readAll(one.getReader())],
  ['a loop', (one) => join(one)],
  ['a branch', (one) => readAll(one.tee()[0].getReader())],
  ['a pipe', (one) => join(one.pipeThrough(new TransformStream()))]
])('a stream is followed to its end by %s', async (_by, use) => {
  const { used, ended } = await recorded(stream(), use)
  expect(used).toBe('an answer')
  if (_by !== 'a branch') expect(ended).toEqual(['complete', undefined, 'an answer'])
})

test('a stream that its reader cancels keeps what came', async () => {
  const { ended } = await recorded(stream(), async (one) => {
    const reader = one.getReader()
    await reader.read()
    await reader.cancel()
  })
  expect(ended).toEqual(['cancelled', 'consumer', 'an '])
})

test('a stream of bytes is recorded as the text that it is', async () => {
  const bytes = streamOf(words.map((word) => new TextEncoder().encode(word)))
  const { ended } = await recorded(bytes, (one) => new Response(one).text())
  expect(ended).toEqual(['complete', undefined, 'an answer'])
})

function* generator() {
  yield* words
}

test('a generator is followed: to its end, left, and failing', async () => {
  const whole = await recorded(generator(), (one) => [...one].join(''))
  expect(whole).toEqual({ used: 'an answer', ended: ['complete', undefined, 'an answer'] })
  const left = await recorded(generator(), (one) => {
    for (const word of one) return word
    return undefined
  })
  expect(left.ended).toEqual(['cancelled', 'consumer', 'an '])
  const error = new RangeError("the application's own")
  const failing = (function* () {
    yield 'an '
    throw error
  })()
  const failed = await recorded(failing, (one) => {
    try {
      return [...one]
    } catch (thrown) {
      return thrown
    }
  })
  expect(failed).toEqual({ used: error, ended: ['error', undefined, 'an '] })
})

test('lists and maps are values', async () => {
  const { ended } = await recorded(words, (list) => [...list])
  expect(ended).toEqual(['complete', undefined, words])
})

test.each<[string, (response: Response) => Promise<unknown>]>([
  ['json()', (one) => one.json()],
  ['text()', (one) => one.text()],
  ['its body', (one) => new Response(one.body).text()]
])('a response is followed to the end of its body by %s', async (_by, use) => {
  const { ended } = await recorded(Response.json({ words }), use)
  expect(ended).toEqual(['complete', undefined, { words }])
})

test('a response that is given a reader of its own is read by that', async () => {
  const { log, journal } = newLog()
  const read = ({ status }: Response) => ({ output: status })
  log.record(chat, () => new Response('x'), read)
  await log.flush()
  expect(callsOf(journal.records)[0]?.contents.output).toBe(200)
})
