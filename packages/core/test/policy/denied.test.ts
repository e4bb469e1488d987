import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { AuditError, memoryJournal, type PolicyDocument, parseRecord } from '@slm-audit/core'
import { wrapFetch, wrapMethod } from '@slm-audit/core/adapter'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'
import { CHAT, post, wire } from '../watched.ts'

const policy: PolicyDocument = {
  rules: [
    { name: 'no-tools', level: 'Metadata', match: { tools: 'shell' }, deny: 'tools run elsewhere' },
    {
      name: 'no-guests',
      level: 'Request',
      match: { users: 'guest*' },
      deny: 'guests ask nothing'
    },
    { name: 'rest', level: 'RequestResponse' }
  ]
}

const guest = { user: 'guest-1' }
const refusal = {
  code: 'denied',
  message: 'the policy denies the call by its rule no-guests: guests ask nothing'
}

describe('a call that a rule denies is not made, and is recorded as denied', () => {
  const ways: {
    [way: string]: (log: ReturnType<typeof newLog>['log'], model: () => never) => unknown
  } = {
    'a function': (log, model) => log.record({ ...chat, input: 'q' }, async () => model()),
    'a tool': (log, model) => log.tool('find', async () => model(), { input: 'q' }),
    'a method': (log, model) => {
      const readRequest = (args: unknown[]) => ({ ...chat, input: args[0] })
      const client = { ask: async (_: string): Promise<string> => model() }
      return wrapMethod(log, client, 'ask', { readRequest }).ask('q')
    },
    'a fetch': (log, model) =>
      wrapFetch(log, [wire], async () => model())(CHAT, { ...post, body: '"q"' })
  }

  test.each(Object.entries(ways))('%s', async (_, ask) => {
    const { log, journal, problems } = newLog({ policy })
    const model = vi.fn<() => never>()
    await expect(log.withContext(guest, () => ask(log, model))).rejects.toMatchObject(refusal)
    await log.close()
    expect(model).not.toHaveBeenCalled()
    const records = journal.records
      .map((sealed) => parseRecord(sealed))
      .filter(({ stage }) => stage !== 'event')
    expect(records.map(({ stage }) => stage)).toEqual(['received', 'denied'])
    expect(records[1]).toMatchObject({
      outcome: { by: 'policy', type: 'denied' },
      policy: { rule: 'no-guests', level: 'Request' },
      context: guest
    })
    const [call] = callsOf(journal.records).filter(({ record }) => record.stage !== 'event')
    expect(call?.contents).toEqual({ input: 'q' })
    expect(problems).toEqual([])
  })

  test('others are made', async () => {
    const { log, journal } = newLog({ policy })
    expect(await log.record(chat, async () => 'a')).toBe('a')
    expect(log.tool('find', () => 'b')).toBe('b')
    await expect(log.tool('shell', async () => 'c')).rejects.toMatchObject({ code: 'denied' })
    await log.close()
    const stages = callsOf(journal.records).map(({ stage }) => stage)
    expect(stages.filter((stage) => stage !== 'event')).toEqual(['complete', 'complete', 'denied'])
  })

  test('the attempts of one client are one denied call', async () => {
    const { log, journal } = newLog({ policy })
    const fetch = wrapFetch(log, [wire], vi.fn())
    await log.withContext(guest, () =>
      log.withAttempts({ limit: 3 }, async () => {
        for (let attempt = 0; attempt < 3; attempt++) {
          await expect(fetch(CHAT, { ...post, body: '"q"' })).rejects.toMatchObject(refusal)
        }
      })
    )
    await log.close()
    const calls = callsOf(journal.records).filter(({ stage }) => stage !== 'event')
    expect(calls.map(({ stage }) => stage)).toEqual(['denied'])
  })
})

describe('a rule is asked about what the body of a request says, whatever form the body has', () => {
  const named = {
    ...wire,
    readRequest: (body: unknown) => ({
      ...chat,
      model: String((body as { model: unknown }).model),
      input: body
    })
  }
  const rules = {
    deny: { level: 'Metadata', match: { models: 'big-*' }, deny: 'too big' },
    'deny by an expression': { level: 'Metadata', when: 'model.startsWith("big-")', deny: 'big' },
    review: { level: 'Metadata', match: { models: 'big-*' }, review: {} }
  } as const
  const half = (init: object) => ({ method: 'POST', duplex: 'half', ...init }) as RequestInit
  const texts = (text: string) =>
    new ReadableStream({
      start(controller) {
        for (const piece of text) controller.enqueue(piece)
        controller.close()
      }
    })
  const pieces = (text: string) =>
    new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const [piece = '', rest] = [text.slice(0, 3), text.slice(3)]
          controller.enqueue(new TextEncoder().encode(piece))
          if (rest === '') controller.close()
          text = rest
        }
      },
      { highWaterMark: 0 }
    )
  const form = (model: string) => {
    const made = new FormData()
    made.append('model', model)
    made.append('file', new File(['sound'], 'a.wav'))
    return made
  }
  const json = (model: string) => JSON.stringify({ model })
  type Given = Parameters<typeof fetch>
  const forms: { [form: string]: (url: string, model: string) => Given } = {
    'a text': (url, model) => [url, { ...post, body: json(model) }],
    'a Blob': (url, model) => [url, { ...post, body: new Blob([json(model)]) }],
    'a form': (url, model) => [url, { ...post, body: form(model) }],
    'a Request': (url, model) => [new Request(url, { ...post, body: json(model) })],
    'a Request with options': (url, model) => [
      new Request(url, { ...post, body: json(model) }),
      { headers: { accept: 'text/plain' } }
    ],
    'a Request of a form': (url, model) => [new Request(url, { ...post, body: form(model) })],
    'a stream': (url, model) => [url, half({ body: pieces(json(model)) })],
    'a stream of texts': (url, model) => [url, half({ body: texts(json(model)) })],
    'a Request of texts': (url, model) => [new Request(url, half({ body: texts(json(model)) }))],
    'a Request of a stream': (url, model) => [new Request(url, half({ body: pieces(json(model)) }))]
  }
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    bodies.push(await text(request))
    response.end('{}')
  })
  let url = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test.each(
    Object.entries(rules).flatMap(([rule, made]) =>
      Object.entries(forms).map(([form, give]) => ({ rule, made, form, give }))
    )
  )('$rule: $form', async ({ made, give }) => {
    bodies.length = 0
    const policy = { rules: [{ name: 'big', ...made }, { level: 'RequestResponse' } as const] }
    const { log, journal, problems } = newLog({ policy })
    const fetch = wrapFetch(log, [named])
    const code = 'review' in made ? 'review_needed' : 'denied'
    await expect(fetch(...give(url, 'big-1'))).rejects.toMatchObject({ code })
    expect(bodies).toEqual([])
    expect(await (await fetch(...give(url, 'small-1'))).text()).toBe('{}')
    expect(bodies).toEqual([expect.stringContaining('small-1')])
    await log.close()
    const calls = callsOf(journal.records).filter(({ stage }) => stage !== 'event')
    expect(calls.map(({ stage, record }) => [stage, record.call?.model])).toEqual([
      ['denied', 'big-1'],
      ['complete', 'small-1']
    ])
    expect(calls[1]?.contents.input).toMatchObject({ model: 'small-1' })
    expect(problems).toEqual([])
  })

  const big = { rules: [rules.deny, { level: 'Metadata' } as const] }

  test('a client that tries again is refused as well, and its attempts are one call', async () => {
    bodies.length = 0
    const { log, journal } = newLog({ policy: big })
    const fetch = wrapFetch(log, [named])
    await log.withAttempts({ limit: 3 }, async () => {
      for (let attempt = 0; attempt < 3; attempt++) {
        const [request] = forms['a Request']?.(url, 'big-1') ?? []
        await expect(fetch(request as Request)).rejects.toMatchObject({ code: 'denied' })
      }
    })
    await log.close()
    expect(bodies).toEqual([])
    const calls = callsOf(journal.records).filter(({ stage }) => stage !== 'event')
    expect(calls.map(({ stage }) => stage)).toEqual(['denied'])
  })

  const failing = () =>
    new ReadableStream({ pull: (controller) => controller.error(new Error('mine')) })
  const streams: { [form: string]: (body: ReadableStream, more?: object) => Given } = {
    'a stream': (body, more) => [url, half({ body, ...more })],
    'a Request of a stream': (body, more) => [new Request(url, half({ body, ...more }))]
  }

  test.each(Object.entries(streams))(
    '%s that fails, gives no bytes, is too long or is aborted fails as without us, or is refused',
    async (_, give) => {
      bodies.length = 0
      const { log } = newLog({ policy: big })
      const fetch = wrapFetch(log, [named])
      const failure = (asked: Promise<unknown>) =>
        asked.then(
          () => 'made',
          (error: Error) => [error.name, String((error.cause as Error | undefined) ?? error)]
        )
      const alone = await failure(globalThis.fetch(...give(failing())))
      expect(await failure(fetch(...give(failing())))).toEqual(alone)
      const numbers = new ReadableStream({ pull: (controller) => controller.enqueue(1) })
      await expect(fetch(...give(numbers))).rejects.toMatchObject({ code: 'denied' })
      const piece = new Uint8Array(2 ** 24)
      const long = new ReadableStream({ pull: (controller) => controller.enqueue(piece) })
      await expect(fetch(...give(long))).rejects.toMatchObject({ code: 'denied' })
      const stop = new AbortController()
      const asked = fetch(...give(new ReadableStream(), { signal: stop.signal }))
      stop.abort(new RangeError('stopped'))
      await expect(asked).rejects.toThrow('stopped')
      expect(bodies).toEqual([])
      await log.close()
    }
  )

  test('a file that is too large to be read is refused', async () => {
    const { log } = newLog({ policy: big })
    const model = vi.fn()
    const large = new Blob(['{}'])
    Object.defineProperty(large, 'size', { value: 2 ** 31 })
    const asked = wrapFetch(log, [named], model)(url, { ...post, body: large })
    await expect(asked).rejects.toMatchObject({ code: 'denied' })
    expect(model).not.toHaveBeenCalled()
    await log.close()
  })

  test('a request waits for nothing where no rule asks what it says', async () => {
    const { log } = newLog({ policy })
    const model = vi.fn(async () => Response.json({}))
    const withoutTools = { rules: policy.rules.slice(1) }
    log.usePolicy(withoutTools)
    const fetch = wrapFetch(log, [named], model)
    const asked = fetch(new Request(url, half({ body: new ReadableStream() })))
    expect(model).toHaveBeenCalledTimes(1)
    await (await asked).text()
    await log.close()
  })
})

test('a denied call has a level', () => {
  const rules = [{ level: 'None', deny: 'no' }] as const
  expect(() => newLog({ policy: { rules } })).toThrow('a denied call is always recorded')
})

describe('a rule says who waits', () => {
  const modes: PolicyDocument = {
    rules: [
      { level: 'Metadata', match: { users: 'strict' }, mode: 'blocking-strict' },
      { level: 'Metadata', match: { users: 'waits' }, mode: 'blocking' },
      { level: 'Metadata', mode: 'async' }
    ]
  }

  test('with a journal that fails, strict calls are not made, blocking ones are told, others go on', async () => {
    const append = () => Promise.reject(new Error('the disk is full'))
    const journal = { ...memoryJournal(), append }
    const { log, problems } = newLog({ journal, policy: modes, deadlineMs: 50 })
    const model = vi.fn(async () => 'a')
    const ask = (user: string) => log.withContext({ user }, () => log.record(chat, model))
    expect(await ask('other')).toBe('a')
    expect(problems.map(({ code }) => code)).not.toContain('not_recorded')
    expect(await ask('waits')).toBe('a')
    expect(problems.map(({ code }) => code)).toContain('not_recorded')
    model.mockClear()
    const failure = await ask('strict').catch((error: unknown) => error)
    expect(AuditError.is(failure) && failure.code).toBe('not_recorded')
    expect(model).not.toHaveBeenCalled()
    await log.close()
  })
})
