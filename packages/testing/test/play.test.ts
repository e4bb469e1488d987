import { type AuditLog, wrapFetch, wrapMethod } from '@slm-audit/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testMethod } from '../src/conformance.ts'
import { type Play, play } from '../src/fakes/play.ts'
import { type FakeServer, fakeServer } from '../src/index.ts'

class Echo {
  async say(words: string): Promise<string> {
    if (words === '') throw Object.assign(new RangeError('nothing to say'), { code: 'empty' })
    return words
  }
}

const readRequest = ([input]: [string]) => ({ operation: 'chat', provider: 'echo', input })
const wrap = (echo: Echo, log: AuditLog) => wrapMethod(log, echo, 'say', { readRequest })

testMethod<Echo>({
  name: 'an echo',
  create: () => new Echo(),
  wrap,
  scenarios: [
    {
      name: 'says',
      run: (echo) => echo.say('hi'),
      check: ([call]) => expect(call?.contents).toEqual({ input: 'hi', output: 'hi' })
    },
    {
      name: 'throws',
      run: (echo) => echo.say(''),
      check: ([call]) => expect(call?.record.outcome?.code).toBe('empty')
    }
  ]
})

/** A wrapper whose `say` does something that the unwrapped one does not. */
function playWith(say: (echo: Echo, words: string) => Promise<string>, words = 'hi') {
  const scenario: Play<Pick<Echo, 'say'>> = {
    create: () => new Echo(),
    wrap: (echo, log) => {
      wrap(echo as Echo, log)
      return { say: (said) => say(echo as Echo, said) }
    },
    run: (echo) => echo.say(words)
  }
  return play(scenario)
}

describe('what a play finds', () => {
  test('a wrapper that does no harm passes', async () => {
    await playWith((echo, words) => echo.say(words))
    await playWith((echo, words) => echo.say(words), '')
  })

  test('another value, another error, an error swallowed', async () => {
    await expect(playWith(async (echo, words) => `${await echo.say(words)}!`)).rejects.toThrow()
    const wrapped = (echo: Echo, words: string) =>
      echo.say(words).catch((cause) => Promise.reject(new Error('failed', { cause })))
    await expect(playWith(wrapped, '')).rejects.toThrow()
    await expect(playWith((echo, words) => echo.say(words).catch(() => ''), '')).rejects.toThrow()
  })

  test('a call that never ends', async () => {
    const scenario: Play<Echo> = {
      create: () => new Echo(),
      wrap: (echo, log) => {
        log.open({ operation: 'chat', provider: 'echo' })
        return echo
      },
      run: (echo) => echo.say('hi'),
      leavesOpen: true,
      check: ([call]) => expect(call?.stage).toBe('complete')
    }
    await expect(play(scenario)).rejects.toThrow(/abandoned/)
  })
})

describe('against a server', () => {
  let server: FakeServer
  beforeAll(async () => {
    server = await fakeServer({ chunks: ['{}'] })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const traffic = async () => {
    const seen = server.requests.splice(0).map(({ headers, body }) => ({ headers, body }))
    return seen
  }
  const playFetch = (init: RequestInit) =>
    play<typeof fetch>({
      create: () => fetch,
      wrap: (base, log) => wrapFetch(log, [], (url) => base(url, { method: 'POST', ...init })),
      run: async (send) => (await send(server.url, { method: 'POST' })).status,
      after: traffic
    })

  test('another body or header at the server is found', async () => {
    await playFetch({})
    await expect(playFetch({ body: 'x' })).rejects.toThrow()
    await expect(playFetch({ headers: { 'x-more': '1' } })).rejects.toThrow()
  })
})
