import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Protocol } from '../../src/index.ts'
import { wrapFetch } from '../../src/index.ts'
import { callsOf, newLog } from '../helpers.ts'

const URL_OF = 'http://127.0.0.1:9/listen'

const hears: Protocol = {
  name: 'test.hears',
  matches: () => true,
  readRequest: (input) => ({ operation: 'transcription', provider: 'test', input }),
  readResponse: (output) => ({ output }),
  start: () => undefined,
  step: (_acc, event) => event,
  finish: (output) => ({ output })
}

/** Answers with what it was sent, read as a server would. */
const echo: typeof fetch = async (input, init) =>
  Response.json({ sent: await new Request(input, { ...init, duplex: 'half' } as never).text() })

function audited(base = echo, options: Parameters<typeof newLog>[0] = {}) {
  const { log, journal } = newLog(options)
  const calls = async () => {
    await log.flush()
    return callsOf(journal.records)
  }
  return { log, journal, calls, fetch: wrapFetch(log, [hears], base) }
}

function formOf(file: File): FormData {
  const form = new FormData()
  form.append('model', 'm')
  form.append('file', file)
  return form
}

const sound = new File(['sound'], 'a.wav', { type: 'audio/wav' })
/** A file whose bytes come when they are told to. */
function slowFile() {
  const { promise, resolve } = Promise.withResolvers<ArrayBuffer>()
  const slow = new File(['sound'], 'a.wav', { type: 'audio/wav' })
  Object.defineProperty(slow, 'arrayBuffer', { value: () => promise })
  return { slow, arrive: () => resolve(new TextEncoder().encode('sound').buffer) }
}

const heard = {
  model: 'm',
  file: {
    filename: 'a.wav',
    media_type: 'audio/wav',
    data: { media: { sha256: expect.any(String), bytes: 5, type: 'audio/wav' } }
  }
}

test('of a Request whose body is a stream without end no more is read than may be kept', async () => {
  const pulled = { megabytes: 0 }
  const source = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled.megabytes++
        controller.enqueue(new Uint8Array(1_048_576))
        if (pulled.megabytes === 200) controller.close()
      }
    },
    { highWaterMark: 0 }
  )
  const { calls, fetch } = audited(async () => Response.json(1))
  const init = { method: 'POST', body: source, duplex: 'half' }
  await (await fetch(new Request(URL_OF, init as RequestInit))).json()
  const [call] = await calls()
  expect(call?.stage).toBe('complete')
  expect(call?.contents).not.toHaveProperty('input')
  expect(pulled.megabytes).toBeLessThan(80)
})

test.each([
  ['reads none of it', async (_request: Request) => Response.json(1), 3],
  [
    'reads it slowly',
    async (request: Request) => {
      const reader = request.body?.getReader()
      for (let count = 0; count < 10; count++) {
        await reader?.read()
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      return new Promise<Response>((resolve) => setTimeout(() => resolve(Response.json(1)), 20))
    },
    13
  ]
])('a Request that is a stream is not read ahead of a fetch that %s', async (_how, base, most) => {
  const pulled = { chunks: 0 }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(new Uint8Array(10))
        if (++pulled.chunks === 400) controller.close()
      }
    },
    { highWaterMark: 0 }
  )
  const seen: number[] = []
  const { fetch, calls } = audited(async (input) => {
    const response = await base(input as Request)
    seen.push(pulled.chunks)
    return response
  })
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit
  await (await fetch(new Request(URL_OF, init))).json()
  expect(seen[0]).toBeLessThanOrEqual(most)
  expect((await calls()).map(({ stage }) => stage)).toEqual(['complete'])
})

describe('a body that is read bit by bit', () => {
  test('is recorded as it was when the call was made, and sent as the application has it', async () => {
    const { fetch, calls } = audited()
    const form = formOf(sound)
    const answer = fetch(URL_OF, { method: 'POST', body: form })
    form.set('model', 'changed')
    form.delete('file')
    await (await answer).json()
    expect((await calls())[0]?.contents.input).toEqual(heard)
  })

  test('holds up the records of its own call alone', async () => {
    const { fetch, calls, journal } = audited(async () => Response.json({}))
    const { slow, arrive } = slowFile()
    const answers = [formOf(slow), '{"plain":true}'].map((body) =>
      fetch(URL_OF, { method: 'POST', body })
    )
    for (const answer of await Promise.all(answers)) await answer.json()
    await expect.poll(() => journal.records).toHaveLength(2)
    arrive()
    const inputs = (await calls()).map(({ contents }) => contents.input)
    expect(inputs).toEqual([{ plain: true }, heard])
  })

  test('that never comes holds up nothing for long', async () => {
    const { fetch, calls } = audited(async () => Response.json({}))
    const { slow } = slowFile()
    await (await fetch(URL_OF, { method: 'POST', body: formOf(slow) })).json()
    const [call] = await calls()
    expect([call?.stage, call?.contents.input]).toEqual(['complete', { model: 'm' }])
  })

  test('is there before a call that must not go unrecorded', async () => {
    const seen: number[] = []
    const base: typeof globalThis.fetch = async () => {
      seen.push(journal.records.length)
      return Response.json({})
    }
    const { fetch, journal, calls } = audited(base, { mode: 'blocking-strict' })
    const { slow, arrive } = slowFile()
    const answer = fetch(URL_OF, { method: 'POST', body: formOf(slow) })
    arrive()
    await (await answer).json()
    expect(seen).toEqual([1])
    expect((await calls())[0]?.contents.input).toEqual(heard)
  })

  test('that cannot be read does no harm: the call is recorded without it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kept-body-'))
    const path = join(folder, 'a.wav')
    writeFileSync(path, 'sound')
    const file = new File([await openAsBlob(path)], 'a.wav')
    rmSync(folder, { recursive: true })
    const { fetch, calls } = audited(async () => {
      throw new TypeError('mine')
    })
    await expect(fetch(URL_OF, { method: 'POST', body: formOf(file) })).rejects.toThrow('mine')
    const [call] = await calls()
    expect([call?.stage, call?.contents.input]).toEqual([
      'error',
      { model: 'm', file: { filename: 'a.wav', size: 5 } }
    ])
  })

  test('of a size that no memory should hold for us is recorded without its bytes', async () => {
    const { fetch, calls } = audited(async () => Response.json({}))
    const large = new File(['sound'], 'a.wav', { type: 'audio/wav' })
    Object.defineProperty(large, 'size', { value: 2 ** 31 })
    await (await fetch(URL_OF, { method: 'POST', body: formOf(large) })).json()
    expect((await calls())[0]?.contents.input).toEqual({
      model: 'm',
      file: { filename: 'a.wav', media_type: 'audio/wav', size: 2 ** 31 }
    })
  })

  test('is read from a request, too', async () => {
    const { fetch, calls } = audited()
    const request = new Request(URL_OF, { method: 'POST', body: formOf(sound) })
    await (await fetch(request)).json()
    expect((await calls())[0]?.contents.input).toEqual(heard)
  })

  test('is left to the request where it is a stream', async () => {
    const { fetch, calls } = audited()
    const body = new Blob(['from a stream']).stream()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect(await (await fetch(URL_OF, init)).json()).toEqual({ sent: 'from a stream' })
    const [call] = await calls()
    expect(call?.contents).not.toHaveProperty('input')
    const reason = 'the body was not read'
    expect(call?.record.altered).toContainEqual({ pointer: '/input', what: 'unread', reason })
  })
})
