import { describe, expect, test } from 'vitest'
import { memoryLog } from '../../../testing/src/index.ts'
import {
  type AttemptGroup,
  type AttemptOptions,
  type Protocol,
  wrapFetch
} from '../../src/index.ts'
import { nonStreaming } from '../../src/protocol/non-streaming.ts'

const echo: Protocol = {
  name: 'test.echo',
  matches: () => true,
  readRequest: (body) => ({ operation: 'chat', provider: 'test', input: body }),
  ...nonStreaming((body) => ({ output: body, meanLogprob: -0.5 }))
}

const LIMITED = { error: { message: 'too fast' } }

/** Plays a client that asks until it is answered well; `read` says whether it reads refusals. */
async function ask(statuses: readonly number[], options: AttemptOptions, read: boolean) {
  const { log, calls } = memoryLog()
  const left = [...statuses]
  const base = async () => Response.json(LIMITED, { status: left.shift() ?? 200 })
  const fetch = wrapFetch(log, [echo], base)
  await log.withAttempts(options, async () => {
    for (const status of statuses) {
      const request = new Request('http://127.0.0.1/', {
        method: 'POST',
        body: '"hi"',
        headers: { 'user-agent': 'any-client/1.2.3 node/24' }
      })
      const response = await fetch(request)
      if (read || status === 200) await response.text()
    }
  })
  return (await calls()).map(({ stage, record }) => ({
    stage,
    attempts: record.attempts?.map((attempt) => attempt.status),
    client: record.call?.client,
    confidence: record.confidence
  }))
}

describe('attempts at one call', () => {
  const once = {
    stage: 'complete',
    attempts: [429, 503, 200],
    client: { name: 'any-client', version: '1.2.3' },
    confidence: { meanLogprob: -0.5, perplexity: Math.exp(0.5) }
  }

  test('a client that asks twice for one answer makes two calls of one attempt each', async () => {
    const recorded = await ask([200, 200], { limit: 3 }, true)
    expect(recorded.map(({ stage, attempts }) => [stage, attempts])).toEqual([
      ['complete', undefined],
      ['complete', undefined]
    ])
  })

  test('an attempt that the client gives up after a timeout of its own is followed by another', async () => {
    const { log, calls } = memoryLog()
    const answers = [
      (signal?: AbortSignal | null) => Promise.reject(signal?.reason),
      async () => Response.json('yes')
    ]
    const fetch = wrapFetch(log, [echo], (_url, init) => {
      const answer = answers.shift()
      return answer ? answer(init?.signal) : Promise.reject(new RangeError('no more'))
    })
    const post = { method: 'POST', body: '"hi"' }
    await log.withAttempts({ limit: 2 }, async () => {
      const timeout = AbortSignal.abort(new DOMException('too slow', 'TimeoutError'))
      await expect(fetch('http://x/', { ...post, signal: timeout })).rejects.toThrow('too slow')
      await (await fetch('http://x/', post)).json()
    })
    const recorded = await calls()
    expect(recorded.map(({ stage }) => stage)).toEqual(['complete'])
    const attempts = recorded[0]?.record.attempts?.map(({ status, error }) => status ?? error)
    expect(attempts).toEqual(['TimeoutError', 200])
  })

  test('a client that reads what it will try again after says so', async () => {
    const options = { limit: 3, retriesRead: (status: number) => status !== 400 }
    expect(await ask([429, 503, 200], options, true)).toEqual([once])
    expect((await ask([400, 200], options, true)).map(({ stage }) => stage)).toEqual([
      'error',
      'complete'
    ])
  })

  test('a client may leave a refusal unread, and its next attempt is of the same call', async () => {
    expect(await ask([429, 503, 200], { limit: Number.POSITIVE_INFINITY }, false)).toEqual([once])
  })

  test('where only the client knows, its adapter says when a call is over', async () => {
    const { log, calls } = memoryLog()
    const left = [429, 400]
    const base = async () => Response.json(LIMITED, { status: left.shift() ?? 200 })
    const fetch = wrapFetch(log, [echo], base)
    let limit = Number.POSITIVE_INFINITY
    const group: AttemptGroup = { options: () => ({ limit, tellsWhenOver: true }), started: 0 }
    const post = { method: 'POST', body: '"hi"' }
    // One by one, out of reach of a single run.
    await log.withAttempts(group, async () => (await fetch('http://x/', post)).text())
    await log.withAttempts(group, async () => (await fetch('http://x/', post)).text())
    expect((await calls()).map(({ stage }) => stage)).toEqual(['received'])
    limit = 1
    await group.last?.giveUp(new RangeError('enough'))
    group.last?.cancel()
    const recorded = await calls()
    expect(recorded.map(({ stage, record }) => [stage, record.outcome?.status])).toEqual([
      ['error', 400]
    ])
    expect(recorded[0]?.record.attempts?.map(({ status }) => status)).toEqual([429, 400])
  })

  test('unless said, a refusal that is read ends the call', async () => {
    const calls = await ask([429, 200], { limit: 3 }, true)
    expect(calls.map(({ stage, attempts }) => [stage, attempts])).toEqual([
      ['error', undefined],
      ['complete', undefined]
    ])
  })
})

test.each(['json', 'text', 'body'] as const)(
  'two logs watch one answer taken by %s',
  async (how) => {
    const [one, two] = [memoryLog(), memoryLog()]
    const inner = wrapFetch(one.log, [echo], async () => Response.json({ said: 'yes' }))
    const response = await wrapFetch(
      two.log,
      [echo],
      inner
    )('http://x/', { method: 'POST', body: '1' })
    if (how === 'body') await new Response(response.body).text()
    else await response[how]()
    for (const { calls } of [one, two]) {
      const recorded = await calls()
      expect(recorded.map(({ stage }) => stage)).toEqual(['complete'])
      expect(recorded[0]?.contents.output).toEqual({ said: 'yes' })
    }
  }
)
