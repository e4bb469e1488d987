import { memoryLog } from '@slm-audit/testing'
import { describe, expect, test, vi } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'
import { majors } from './clients.ts'

const asked = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] }

/** A fetch that answers each question with its number, and notes by which key it was asked. */
function answering() {
  const keys: unknown[] = []
  const fetch = async (_input: unknown, init?: RequestInit) => {
    keys.push(new Headers(init?.headers).get('authorization'))
    const message = { role: 'assistant', content: `answer ${keys.length}` }
    return Response.json({ id: 'c', model: 'm', choices: [{ index: 0, message }] })
  }
  return { keys, options: { apiKey: 'k', baseURL: 'http://x/v1', fetch, maxRetries: 0 } as const }
}

describe.each(majors)('$name: the wrapped client is the one that was given', ({ OpenAI }) => {
  test('with its fields, its key as it is when a call is made, and a fetch that is set later', async () => {
    const { log, calls, problems } = memoryLog()
    const { keys, options } = answering()
    const client = Object.assign(new OpenAI(options), { region: 'eu' })
    expect(wrapOpenAI(client, log)).toBe(client)
    expect(client.region).toBe('eu')
    client.apiKey = 'rotated'
    await client.chat.completions.create(asked)
    const later = answering()
    Object.assign(client, { fetch: later.options.fetch })
    await client.chat.completions.create(asked)
    expect([...keys, ...later.keys]).toEqual(['Bearer rotated', 'Bearer rotated'])
    expect((await calls()).map(({ stage }) => stage)).toEqual(['complete', 'complete'])
    expect(problems).toEqual([])
  })

  test('of a subclass whose constructor takes something else', async () => {
    class Tenant extends OpenAI {
      readonly tenant: string
      #asked = 0
      constructor(tenant: string) {
        if (typeof tenant !== 'string') throw new TypeError('no tenant')
        super(answering().options)
        this.tenant = tenant
      }
      async ask() {
        await this.chat.completions.create(asked)
        return ++this.#asked
      }
    }
    const { log, calls } = memoryLog()
    const client = wrapOpenAI(new Tenant('acme'), log)
    expect([await client.ask(), client.tenant]).toEqual([1, 'acme'])
    expect(await calls()).toHaveLength(1)
  })

  test('behind a proxy, and by whoever inherits from it', async () => {
    const { log, calls, problems } = memoryLog()
    const proxy = wrapOpenAI(new Proxy(new OpenAI(answering().options), {}), log)
    await proxy.chat.completions.create(asked)
    await (Object.create(proxy) as typeof proxy).chat.completions.create(asked)
    expect(await calls()).toHaveLength(2)
    expect(problems).toEqual([])
  })

  test('a stand-in for a method answers, and it is told that nothing is recorded', async () => {
    const { log, calls, problems } = memoryLog()
    const { keys, options } = answering()
    const client = new OpenAI(options)
    const answer = { mocked: true } as never
    vi.spyOn(client.chat.completions, 'create').mockResolvedValue(answer)
    expect(await wrapOpenAI(client, log).chat.completions.create(asked)).toBe(answer)
    expect([keys, await calls()]).toEqual([[], []])
    expect(problems).toMatchObject([
      { code: 'client_unseen', message: expect.stringContaining('client.chat.completions.create') }
    ])
  })

  test('one that is frozen, or hides another, answers, and it is told', async () => {
    const frozen = Object.freeze(new OpenAI(answering().options))
    const own = new Map<PropertyKey, unknown>()
    const hiding = new Proxy(new OpenAI(answering().options), {
      get: (target, name) => own.get(name) ?? Reflect.get(target, name, target),
      defineProperty: (_, name, { value, get }) => Boolean(own.set(name, get ? get() : value))
    })
    for (const client of [frozen, hiding]) {
      const { log, problems } = memoryLog()
      await wrapOpenAI(client, log).chat.completions.create(asked)
      expect(problems.map(({ code }) => code)).toEqual(['client_unseen'])
    }
  })

  test('what its own fetch asks, to guard or to fall back, is recorded inside of its call', async () => {
    const { log, calls } = memoryLog()
    const inner = wrapOpenAI(new OpenAI(answering().options), log)
    const fetch = async (_input: unknown, init?: RequestInit) => {
      const { messages } = JSON.parse(String(init?.body)) as typeof asked
      await inner.moderations.create({ input: 'is this fine?' })
      return inner.chat.completions.create({ model: 'other', messages }).asResponse()
    }
    const client = wrapOpenAI(new OpenAI({ ...answering().options, fetch: fetch as never }), log)
    await client.chat.completions.create(asked)
    const recorded = await calls()
    const outer = recorded.find(({ record }) => record.call?.model === 'm')
    expect(
      recorded.map(({ record: { call, parent } }) => [call?.operation, call?.model, parent])
    ).toEqual(
      expect.arrayContaining([
        ['chat', 'm', undefined],
        ['moderation', undefined, outer?.auditId],
        ['chat', 'other', outer?.auditId]
      ])
    )
    expect(recorded).toHaveLength(3)
  })
})
