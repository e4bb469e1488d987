import { type FakeServer, fakeServer, memoryLog, type SeenRequest } from '@slm-audit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'
import { majors } from './clients.ts'
import { scenarios } from './scenarios.ts'

/** What the server saw of an application: equal with and without a log. */
function traffic(requests: readonly SeenRequest[]) {
  return requests.map(({ method, path, headers, body, sent, closedByClient }) => {
    const { 'x-stainless-timeout': _timeout, ...kept } = headers
    return { method, path, headers: kept, body, sent, closedByClient }
  })
}

const rejections: unknown[] = []
const note = (reason: unknown) => {
  rejections.push(reason)
}

describe.each(majors)('$name, against the unwrapped client', ({ OpenAI }) => {
  let server: FakeServer
  beforeAll(async () => {
    server = await fakeServer()
    process.on('unhandledRejection', note)
  })
  afterAll(async () => {
    process.off('unhandledRejection', note)
    await server[Symbol.asyncDispose]()
  })

  const newClient = () => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k', maxRetries: 2 })

  /** Runs a scenario and waits until the server has seen how its answers ended. */
  async function play(scenario: (typeof scenarios)[number], client: InstanceType<typeof OpenAI>) {
    server.answer(...scenario.answers)
    server.requests.length = 0
    const seen = await scenario.run(client)
    await new Promise((resolve) => setTimeout(resolve, 30))
    return { seen, traffic: traffic(server.requests) }
  }

  test.each(scenarios)('$name', async (scenario) => {
    const { log, problems, calls } = memoryLog()
    const control = await play(scenario, newClient())
    const audited = await play(scenario, wrapOpenAI(newClient(), log))
    expect(audited.seen).toEqual(control.seen)
    expect(audited.traffic).toEqual(control.traffic)
    scenario.check(await calls())
    await log.close()
    expect(problems).toEqual([])
    expect(rejections).toEqual([])
  })

  test('wrapping twice, or twice around, records once', async () => {
    const { log, calls } = memoryLog()
    const once = wrapOpenAI(newClient(), log)
    expect(wrapOpenAI(once, log)).toBe(once)
    expect(once).toBeInstanceOf(OpenAI)
    server.answer({ chunks: ['{"choices":[]}'] })
    await wrapOpenAI(
      once.withOptions({ fetch: once['fetch' as never] }),
      log
    ).chat.completions.create({
      model: 'm',
      messages: []
    })
    expect(await calls()).toHaveLength(1)
  })

  test('a call that nobody awaits is recorded and rejects as it would', async () => {
    const { log, calls } = memoryLog()
    server.answer({ chunks: ['{"choices":[]}'] })
    void wrapOpenAI(newClient(), log).chat.completions.create({ model: 'm', messages: [] })
    await new Promise((resolve) => setTimeout(resolve, 50))
    await log.close()
    expect((await calls().catch(() => [])).length).toBeLessThanOrEqual(1)
    expect(rejections).toEqual([])
  })

  test('a body that nobody reads is abandoned when the log closes', async () => {
    const { log, journal } = memoryLog()
    server.answer({ chunks: ['{"choices":[]}'] })
    await wrapOpenAI(newClient(), log)
      .chat.completions.create({ model: 'm', messages: [] })
      .asResponse()
    await log.close()
    expect(journal.records.map(({ header }) => JSON.parse(header).stage)).toEqual([
      'received',
      'abandoned'
    ])
  })
})

test('a client of an untested major is recorded and reported once', () => {
  const { log, problems } = memoryLog()
  const client = { withOptions: () => client, request() {}, getUserAgent: () => 'OpenAI/JS 99.0.1' }
  wrapOpenAI({ ...client }, log)
  wrapOpenAI({ ...client }, log)
  expect(problems.map(({ code }) => code)).toEqual(['client_untested'])
  expect(() => wrapOpenAI({}, log)).toThrow(/needs a client of the openai package/)
})
