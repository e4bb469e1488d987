import { expect, test } from 'vitest'
import { CHAT, post, watched } from '../watched.ts'

type Body = ReadableStream<Uint8Array>

const answer = () =>
  new Response(
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of ['[1', ',2', ']']) controller.enqueue(new TextEncoder().encode(piece))
        controller.close()
      }
    }),
    { headers: { 'content-type': 'application/json' } }
  )

const kindOf = (error: unknown) => (error as Error).constructor.name

/** A destination that refuses its second chunk. */
function full(): WritableStream<Uint8Array> {
  let written = 0
  return new WritableStream({
    write() {
      if (written++ === 1) throw new RangeError('full')
    }
  })
}

const pipes: { readonly [name: string]: (body: Body) => unknown } = {
  'to the end, which unlocks the stream': async (body) => {
    const piping = body.pipeTo(new WritableStream())
    const during = body.locked
    return [during, await piping, body.locked]
  },
  'to a destination that fails, after which the rest is read': async (body) => {
    const failed = await body.pipeTo(full(), { preventCancel: true }).catch(kindOf)
    const { value } = await body.getReader().read()
    return [failed, new TextDecoder().decode(value)]
  },
  'with a signal that has aborted': async (body) => {
    const signal = AbortSignal.abort(new RangeError('no'))
    const failed = await body.pipeTo(new WritableStream(), { signal }).catch(kindOf)
    return [failed, body.locked]
  },
  'of a stream that is read already': async (body) => {
    body.getReader()
    return [await body.pipeTo(new WritableStream()).catch(kindOf)]
  },
  'to what is not a destination': async (body) => [
    await body.pipeTo({} as WritableStream).catch(kindOf),
    body.locked
  ],
  'through what is not a pair': (body) => {
    try {
      return body.pipeThrough({} as TransformStream)
    } catch (error) {
      return [kindOf(error), body.locked]
    }
  },
  'through a pair whose end is taken': (body) => {
    const pair = new TransformStream()
    pair.writable.getWriter()
    try {
      return body.pipeThrough(pair)
    } catch (error) {
      return [kindOf(error), body.locked]
    }
  },
  'through a pair': async (body) => {
    const { readable, writable } = new TransformStream<Uint8Array>()
    const through = body.pipeThrough({ readable, writable })
    return [through === readable, await new Response(through).text(), body.locked]
  }
}

test.each(Object.entries(pipes))('a pipe is as it was: %s', async (_what, run) => {
  const control = await run(answer().body as Body)
  const { fetch, stages } = watched(async () => answer())
  expect(await run((await fetch(CHAT, post)).body as Body)).toEqual(control)
  expect(await stages()).toHaveLength(1)
})

test('a pipe that its destination ends goes on being watched', async () => {
  const { fetch, stages } = watched(async () => answer())
  const body = (await fetch(CHAT, post)).body as Body
  await body.pipeTo(full(), { preventCancel: true }).catch(() => undefined)
  expect(await stages()).toEqual([['received', undefined]])
  for await (const _rest of body);
  expect(await stages()).toEqual([['complete', undefined]])
})
