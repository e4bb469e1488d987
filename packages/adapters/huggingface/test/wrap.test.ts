import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { InferenceClient } from '@huggingface/inference'
import { memoryLog } from '@slm-audit/testing'
import { expect, test, vi } from 'vitest'
import { wrapHuggingFace } from '../src/index.ts'
import { versions } from './clients.ts'

const answer = readFileSync(new URL('../fixtures/chat/response.json', import.meta.url))
const json = { headers: { 'content-type': 'application/json' } }

test.each(versions)('$name: the class stays, and the client itself', async ({ Client }) => {
  const { log, calls } = memoryLog()
  const asked: string[] = []
  const fetch = async (input: unknown) => {
    asked.push(String(input))
    return new Response(answer, json)
  }
  const bare = new Client('hf_none', { fetch })
  const client = wrapHuggingFace(bare, log)
  expect(client).toBeInstanceOf(Client)
  expect(Object.keys(client)).toEqual(Object.keys(bare))
  expect(wrapHuggingFace(client, log)).toBe(client)
  const params = { model: 'm', messages: [], endpointUrl: 'http://one.example' }
  await bare.chatCompletion(params)
  expect(await calls()).toHaveLength(0)
  await client.chatCompletion(params)
  await client.endpoint('http://two.example').chatCompletion({ model: 'm', messages: [] })
  expect(await calls()).toHaveLength(2)
  expect(asked).toEqual([
    'http://one.example/v1/chat/completions',
    'http://one.example/v1/chat/completions',
    'http://two.example/v1/chat/completions'
  ])
})

test.each(versions)('$name: what a subclass adds works as before', async ({ Client }) => {
  class Own extends Client {
    readonly list = (...items: unknown[]) => items
    ask(content: string, endpointUrl: string) {
      return this.chatCompletion({ model: 'm', messages: [{ role: 'user', content }], endpointUrl })
    }
  }
  const { log, calls } = memoryLog()
  const bare = new Own('hf_none', { fetch: async () => new Response(answer, json) })
  const client = wrapHuggingFace(wrapHuggingFace(bare, log), memoryLog().log)
  expect(client.list(1, 2, 3)).toEqual([1, 2, 3])
  const expected = await bare.ask('hi', 'http://one.example')
  expect(await client.ask('hi', 'http://one.example')).toEqual(expected)
  expect(await calls()).toMatchObject([{ contents: { input: [{ role: 'user', content: 'hi' }] } }])
})

test.each(
  versions.flatMap(({ name, Client }) => [
    { name, Client, whose: 'a fetch of its own' },
    { name, Client, whose: 'the global fetch' }
  ])
)('$name, $whose: a subclass with private members, each call once', async ({ Client, whose }) => {
  class Own extends Client {
    #asked = 0
    get asked() {
      return this.#asked
    }
    ask(endpointUrl: string) {
      this.#asked++
      return this.chatCompletion({ model: 'm', messages: [], endpointUrl })
    }
  }
  const fetch = async () => new Response(answer, json)
  vi.stubGlobal('fetch', fetch)
  const { log, calls, problems } = memoryLog()
  const client = wrapHuggingFace(
    new Own('hf_none', whose === 'the global fetch' ? {} : { fetch }),
    log
  )
  await client.ask('http://one.example')
  expect(await calls()).toHaveLength(1)
  await client.chatCompletion({ model: 'm', messages: [], endpointUrl: 'http://two.example' })
  expect(await calls()).toHaveLength(2)
  expect(client.asked).toBe(1)
  expect(problems).toEqual([])
  vi.unstubAllGlobals()
})

test.each(
  versions.flatMap(({ name, Client }) => [
    { name, Client, by: 'its own method' },
    { name, Client, by: 'a proxy of it' }
  ])
)('$name, $by: what a subclass keeps elsewhere by its client is found', async ({ Client, by }) => {
  // As compilers and bundlers have it for private members.
  const counts = new WeakMap<object, number>()
  const countOf = (client: object) => {
    const count = counts.get(client)
    if (count === undefined) throw new TypeError('Cannot read from private field')
    return count
  }
  class Own extends Client {
    constructor(...given: ConstructorParameters<typeof Client>) {
      super(...given)
      counts.set(this, 0)
    }
    get asked() {
      return countOf(this)
    }
    ask(endpointUrl: string) {
      counts.set(this, countOf(this) + 1)
      return this.chatCompletion({ model: 'm', messages: [], endpointUrl })
    }
  }
  if (by === 'a proxy of it') Own.prototype.ask = new Proxy(Own.prototype.ask, {})
  const { log, calls, problems } = memoryLog()
  const fetch = async () => new Response(answer, json)
  const client = wrapHuggingFace(new Own('hf_none', { fetch }), log)
  await client.ask('http://one.example')
  await client.chatCompletion({ model: 'm', messages: [], endpointUrl: 'http://two.example' })
  expect(client.asked).toBe(1)
  expect(await calls()).toHaveLength(2)
  expect(problems).toEqual([])
})

test.each(versions)(
  '$name: a subclass that gives itself back, or awaits by itself, asks by its stand-in alone',
  async ({ Client }) => {
    // As compilers have it for methods that wait.
    const __awaiter = (self: Own, run: (this: Own) => Promise<unknown>) => run.call(self)
    class Own extends Client {
      url = ''
      at(url: string) {
        this.url = url
        return this
      }
      ask() {
        return __awaiter(this, function () {
          return this.chatCompletion({ model: 'm', messages: [], endpointUrl: this.url })
        })
      }
    }
    const { log, calls } = memoryLog()
    const bare = new Own('hf_none', { fetch: async () => new Response(answer, json) })
    const client = wrapHuggingFace(bare, log)
    await bare.at('http://one.example').ask()
    expect(await calls()).toHaveLength(0)
    expect(client.at('http://two.example')).toBe(client)
    await client.ask()
    expect(await calls()).toHaveLength(1)
  }
)

test('functions that are set on a wrapped client are given back as they are', () => {
  const wrapped = wrapHuggingFace(new InferenceClient('hf_none'), memoryLog().log)
  const client: InferenceClient & { called?: () => unknown } = wrapped
  const called = function (this: unknown) {
    return [this]
  }
  client.called = called
  expect(client.called).toBe(called)
  expect(client.toString).toBe(Object.prototype.toString)
})

test.each(versions)('$name: what a getter of a subclass makes is seen', async ({ Client }) => {
  class Own extends Client {
    get chat() {
      const endpointUrl = 'http://one.example'
      return { create: () => this.chatCompletion({ model: 'm', messages: [], endpointUrl }) }
    }
  }
  const { log, calls, problems } = memoryLog()
  const fetch = async () => new Response(answer, json)
  const client = wrapHuggingFace(new Own('hf_none', { fetch }), log)
  await client.chat.create()
  expect(await calls()).toHaveLength(1)
  expect(problems).toEqual([])
})

test('a wrapped client is printed with what it has', () => {
  for (const { Client } of versions) {
    const bare = new Client('hf_none', {})
    expect(inspect(wrapHuggingFace(bare, memoryLog().log))).toBe(inspect(bare))
  }
})

test('where the log says so, the answer waits for its record', async () => {
  const { log, journal } = memoryLog({ mode: 'blocking' })
  const fetch = async () => new Response(answer, json)
  for (const { Client } of versions) {
    const client = wrapHuggingFace(new Client('hf_none', { fetch }), log)
    const before = journal.records.length
    await client.chatCompletion({ model: 'm', messages: [], endpointUrl: 'http://one.example' })
    expect(journal.records).toHaveLength(before + 2)
  }
})

test('bad arguments are named', () => {
  const { log } = memoryLog()
  expect(() => wrapHuggingFace({}, log)).toThrow(/not a client of the @huggingface\/inference/)
  const Client = versions[1]?.Client ?? versions[0]?.Client
  const bound = Client && new Client('hf_none').endpoint('http://one.example')
  expect(() => wrapHuggingFace(bound ?? {}, log)).toThrow(/wrap the one that it was made from/)
})

test.each(versions)(
  '$name: an answer that the client refuses is an error, and kept',
  async ({ Client }) => {
    const refused = '{"object":"chat.completion","id":"c","said":"hello"}'
    const asked = { inputs: 'hi', model: 'm', endpointUrl: 'http://one.example' }
    const fetch = async () => new Response(refused, json)
    const bare = new Client('hf_none', { fetch })
    const { log, calls } = memoryLog()
    const client = wrapHuggingFace(new Client('hf_none', { fetch }), log)
    const thrown = await bare.textClassification(asked).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(Error)
    await expect(client.textClassification(asked)).rejects.toThrow((thrown as Error).message)
    const [call] = await calls()
    expect([call?.stage, call?.record.outcome]).toEqual([
      'error',
      expect.objectContaining({ type: (thrown as Error).name, status: 200 })
    ])
    expect(call?.contents.output).toEqual(JSON.parse(refused))
  }
)
