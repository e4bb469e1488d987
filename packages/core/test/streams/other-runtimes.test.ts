import { expect, test, vi } from 'vitest'
import { CHAT, post, watched } from '../watched.ts'

// As where nothing is seen of what a stream keeps: in Bun, Deno and browsers.
vi.mock('../../src/streams/inner-state.ts', () => ({
  readsByMethods: () => false,
  watchReaders: () => undefined,
  watchSource: () => undefined
}))

const bytesOf = (text: string) => new TextEncoder().encode(text)

test('a second reader that is refused while the first one goes on ends nothing', async () => {
  const bodies: ReadableStreamDefaultController<Uint8Array>[] = []
  const { fetch, stages } = watched(
    async () => new Response(new ReadableStream({ start: (body) => void bodies.push(body) }))
  )
  const response = await fetch(CHAT, post)
  const reader = response.body?.getReader()
  await expect(response.text()).rejects.toThrow(TypeError)
  bodies[0]?.enqueue(bytesOf('1'))
  bodies[0]?.close()
  while ((await reader?.read())?.done === false);
  expect(await stages()).toEqual([['complete', undefined]])
})

test('a body that breaks off while text() takes it is an error', async () => {
  const pieces = [bytesOf('{"half')]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = pieces.shift()
      if (next) controller.enqueue(next)
      else controller.error(new TypeError('terminated'))
    }
  })
  const { fetch, stages } = watched(async () => new Response(body))
  const response = await fetch(CHAT, post)
  await expect(response.text()).rejects.toThrow('terminated')
  expect((await stages()).map(([stage]) => stage)).toEqual(['error'])
})
