import type { BenchClient, Derive, Use } from '@slm-audit/testing/bench'
import { describe, expect, test } from 'vitest'
import { benchesOf } from '../../../scripts/guard/subjects.ts'
import { memoryLog } from '../src/index.ts'

type Client = { readonly [member: string]: unknown }

/** What an application may have made of a client, before it is wrapped or after. */
interface Form {
  readonly derive?: Derive
  before?(client: Client): object
  after?(client: Client): object
  /** Set where calls can be seen, whatever the client: being told is not enough. */
  readonly isSeen?: boolean
  /** Set where nobody can tell that calls are not seen. */
  readonly isUnseen?: boolean
}

const itself: Derive = (base) => base

/** A subclass that counts what is made of it, and whose field nobody else has. */
const counting: Derive = (base) => {
  const Base = base as unknown as new (...args: unknown[]) => object
  class Own extends Base {
    static made = 0
    readonly tenant: string
    #asked = 0
    constructor(...args: unknown[]) {
      super(...args)
      this.tenant = `tenant ${++Own.made}`
    }
    get asked() {
      return this.#asked
    }
    ask<T>(run: (client: object) => T): T {
      this.#asked++
      return run(this)
    }
  }
  return Own as unknown as typeof base
}

/** All methods of a client that it inherits, as members of its own that never change. */
function fixed(client: object): object {
  for (let at = client; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value !== 'function' || name === 'constructor') continue
      if (Object.hasOwn(client, name) && at !== client) continue
      Reflect.defineProperty(client, name, { value, writable: false, configurable: false })
    }
  }
  return client
}

/** All members of a client as getters. */
function shown(client: object): object {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(client))) {
    let current: unknown = value
    const set = (given: unknown) => {
      current = given
    }
    Reflect.defineProperty(client, name, { get: () => current, set, configurable: false })
  }
  return client
}

const bound = (client: object) =>
  new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value
    }
  })

const FORMS: { readonly [name: string]: Form } = {
  'as it comes': { isSeen: true },
  'of a subclass with private members': { derive: counting, isSeen: true },
  frozen: { before: Object.freeze },
  'of a subclass, and frozen': { derive: counting, before: Object.freeze },
  sealed: { before: Object.seal },
  'not to be extended': { before: Object.preventExtensions },
  'with methods that are fixed': { before: fixed },
  'with getters alone': { before: shown },
  'behind a proxy': { before: (client) => new Proxy(client, {}), isSeen: true },
  'behind a proxy that binds methods': { before: bound },
  'behind a proxy that refuses': {
    before: (client) => new Proxy(client, { defineProperty: () => false, set: () => false })
  },
  'behind a proxy that throws': {
    before: (client) =>
      new Proxy(client, {
        defineProperty() {
          throw new Error('not to be changed')
        }
      })
  },
  'of a subclass, behind a proxy that binds methods': { derive: counting, before: bound },
  'inherited from, once it is wrapped': { after: (client) => Object.create(client) as object },
  'frozen, once it is wrapped': { after: Object.freeze, isSeen: true },
  'behind a proxy, once it is wrapped': { after: (client) => new Proxy(client, {}), isSeen: true }
}

/** Clients, and the method that is put over by a stand-in. */
const ASKED: { readonly [adapter: string]: readonly string[] } = {
  anthropic: ['messages', 'create'],
  bedrock: ['send'],
  cohere: ['chat'],
  'google-genai': ['models', 'generateContent'],
  huggingface: ['chatCompletion'],
  mcp: ['callTool'],
  mistral: ['chat', 'complete'],
  'node-llama-cpp': ['generateCompletion'],
  ollama: ['chat'],
  openai: ['chat', 'completions', 'create'],
  'web-llm': ['chatCompletion']
}

/** Has a client answer by a stand-in, as tests do. */
function mocked(client: Client, path: readonly string[]): Client {
  const [name = '', ...names] = path.toReversed()
  const owner = names.toReversed().reduce((part, member) => part[member] as Client, client)
  Reflect.set(owner, name, async () => 'a stand-in')
  return client
}

/** What an application meets of a client, as text. */
async function metOf(client: Client, use: BenchClient['use']): Promise<unknown[]> {
  const met: unknown[] = [client.constructor.name]
  const note = async (run: () => unknown) => {
    try {
      met.push(await run())
    } catch (error) {
      met.push(['threw', String(error)])
    }
  }
  const ask = (run: (used: Use) => unknown) => {
    const { ask: own } = client
    return typeof own === 'function'
      ? own.call(client, (inner: object) => run(use(inner)))
      : run(use(client))
  }
  await note(() => ask((used) => used.call()))
  await note(async () => {
    const chunks: unknown[] = []
    const stream = await ask((used) => used.stream?.())
    for await (const chunk of (stream ?? []) as AsyncIterable<unknown>) chunks.push(chunk)
    return [chunks.length, chunks.at(0), chunks.at(-1)]
  })
  await note(() => [client.asked, client.tenant])
  return met
}

/** Uses a client as it comes, or once `attach` has wrapped it. */
async function play(
  { open, use }: BenchClient,
  { derive = itself, before, after }: Form,
  attach: (client: Client) => unknown = (client) => client
): Promise<string> {
  const client = (await open(derive)) as Client
  const wrapped = (await attach((before ? before(client) : client) as Client)) as Client
  const keys = Object.keys(wrapped)
  const met = await metOf((after ? after(wrapped) : wrapped) as Client, use)
  return JSON.stringify([keys, ...met])
}

/** Forms that are tried with a model that takes long to load. */
const FEW = ['as it comes', 'frozen', 'sealed', 'behind a proxy', 'a stand-in answers']

for (const [adapter, path] of Object.entries(ASKED)) {
  const forms: { readonly [name: string]: Form } = {
    ...FORMS,
    'a stand-in answers': { before: (client) => mocked(client, path) },
    'a stand-in answers, once it is wrapped': {
      after: (client) => mocked(client, path),
      isUnseen: true
    }
  }
  describe(`a client of ${adapter} is what it was, and its calls are recorded or told of`, async () => {
    const [{ client } = {}] = await benchesOf(adapter)
    const tried = Object.entries(forms).filter(
      ([name]) => adapter !== 'node-llama-cpp' || FEW.includes(name)
    )
    test.each(tried)('%s', async (_, form) => {
      if (client === undefined) throw new Error(`${adapter} names no client`)
      const logs = [memoryLog(), memoryLog()]
      const attach = async (bare: Client) => {
        let wrapped: unknown = bare
        for (const { log } of [...logs, ...logs]) wrapped = await client.attach(wrapped, log)
        return wrapped
      }
      const bare = await play(client, form).catch(String)
      expect(await play(client, form, attach).catch(String)).toBe(bare)
      for (const { log, calls, problems } of logs) {
        const recorded = (await calls()).filter(({ stage }) => stage === 'complete').length
        await log.close()
        const isTold = problems.some(({ code }) => code === 'client_unseen')
        const isDead = form.isUnseen || bare.includes('threw')
        if (form.isSeen) expect(problems).toEqual([])
        expect(recorded > 0 || isDead || (isTold && !form.isSeen)).toBe(true)
      }
    })
  })
}
