import { memoryJournal, type PolicyDocument, parseRecord, type SealedRecord } from '@slm-audit/core'
import { wrapFetch, wrapMethod } from '@slm-audit/core/adapter'
import { describe, expect, test, vi } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'
import { CHAT, post, wire } from '../watched.ts'

type Log = ReturnType<typeof newLog>['log']

const policyWith = (review: object): PolicyDocument => ({
  rules: [
    { name: 'contracts', level: 'Request', match: { tags: { kind: 'contract' } }, review },
    { name: 'rest', level: 'RequestResponse' }
  ]
})
const policy = policyWith({ reason: 'a person reads contracts first' })
const contract = { tags: { kind: 'contract' } }
const needed = { code: 'review_needed', message: /slm-audit review approve rv-/ }

const eventsOf = (records: readonly SealedRecord[]) =>
  records
    .map((sealed) => parseRecord(sealed))
    .filter(({ kind }) => kind.startsWith('review.'))
    .map(({ kind, event }) => [kind, event?.decision, event?.by].filter((one) => one !== undefined))

const sse = (text: string) =>
  new Response(`data: ${JSON.stringify(text)}\n\n`, {
    headers: { 'content-type': 'text/event-stream' }
  })

/** Ways to ask for `q`; `model` is what runs where the call is made, and each gives what the application gets. */
const ways: { [way: string]: (log: Log, model: () => void, q: string) => Promise<unknown> } = {
  'a function': (log, model, q) => log.record({ ...chat, input: q }, async () => model()),
  'a tool': (log, model, q) => log.tool('find', async () => model(), { input: q }),
  'a method': (log, model, q) => {
    const readRequest = (args: unknown[]) => ({ ...chat, input: args[0] })
    const client = { ask: async (_: string) => model() }
    return wrapMethod(log, client, 'ask', { readRequest }).ask(q)
  },
  'a method that streams': async (log, model, q) => {
    const readRequest = (args: unknown[]) => ({ ...chat, input: args[0] })
    const client = {
      async ask(_: string) {
        model()
        return (async function* () {
          yield 'a'
        })()
      }
    }
    for await (const _ of await wrapMethod(log, client, 'ask', { readRequest }).ask(q));
  },
  'a fetch': async (log, model, q) => {
    const base = async () => {
      model()
      return Response.json({})
    }
    const body = JSON.stringify(q)
    return (await wrapFetch(log, [wire], base)(CHAT, { ...post, body })).text()
  },
  'a fetch that streams': async (log, model, q) => {
    const base = async () => {
      model()
      return sse('a')
    }
    const body = JSON.stringify(q)
    return (await wrapFetch(log, [wire], base)(CHAT, { ...post, body })).text()
  },
  'a fetch of a Request': async (log, model, q) => {
    const base = async () => {
      model()
      return Response.json({})
    }
    const request = new Request(CHAT, { ...post, body: JSON.stringify(q) })
    return (await wrapFetch(log, [wire], base)(request)).text()
  }
}

describe('a call that a rule has reviewed is made once when it is approved', () => {
  test.each(Object.entries(ways))('%s', async (_, way) => {
    const { log, journal, problems } = newLog({ policy })
    const model = vi.fn()
    const ask = (q = 'q') => log.withContext(contract, () => way(log, model, q))
    await expect(ask()).rejects.toMatchObject({ ...needed, review: expect.stringMatching(/^rv-/) })
    await expect(ask()).rejects.toMatchObject({ code: 'review_needed' })
    const [review, ...others] = await log.reviews.list()
    expect(others).toEqual([])
    expect(review).toMatchObject({ rule: 'contracts', reason: 'a person reads contracts first' })
    const id = review?.id ?? ''
    await log.reviews.approve(id, { by: 'ada', note: 'read it' })
    // Another request than the approved one.
    await expect(ask('r')).rejects.toMatchObject({ code: 'review_needed' })
    const other = log.withReview({ id }, () => ask('r'))
    await expect(other).rejects.toMatchObject({
      code: 'denied',
      message: /is not the one of review/
    })
    expect(model).not.toHaveBeenCalled()
    await ask()
    expect(model).toHaveBeenCalledTimes(1)
    // An approval serves once.
    await expect(ask()).rejects.toMatchObject({ code: 'review_needed' })
    const again = log.withReview({ id }, () => ask())
    await expect(again).rejects.toMatchObject({ code: 'denied', message: /serves once/ })
    expect(model).toHaveBeenCalledTimes(1)
    await log.close()
    expect(eventsOf(journal.records)).toEqual([
      ['review.requested'],
      ['review.decided', 'approved', 'ada'],
      ['review.requested'],
      ['review.refused'],
      ['review.used'],
      ['review.requested']
    ])
    const stages = callsOf(journal.records).map(({ stage }) => stage)
    expect(stages.filter((stage) => stage === 'complete')).toEqual(['complete'])
    expect(stages.filter((stage) => stage === 'denied')).toHaveLength(6)
    expect(problems).toEqual([])
  })
})

test('a call waits for its decision, and leaves when it is made', async () => {
  const { log, journal } = newLog({ policy: policyWith({ waitSeconds: 60 }) })
  const model = vi.fn(() => 'answer')
  const asked = log.withContext(contract, () =>
    log.record({ ...chat, input: 'q' }, async () => model())
  )
  await expect.poll(async () => (await log.reviews.list()).length).toBe(1)
  const [review] = await log.reviews.list()
  await log.flush()
  // Whoever decides finds what is asked in the record of the call.
  const call = callsOf(journal.records).find(({ auditId }) => auditId === review?.auditId)
  expect(call).toMatchObject({ stage: 'received', contents: { input: 'q' } })
  expect(model).not.toHaveBeenCalled()
  await log.reviews.approve(review?.id ?? '', { by: 'ada' })
  expect(await asked).toBe('answer')
  await log.close()
})

test('a call is denied that was rejected, and none leaves later', async () => {
  const { log, journal } = newLog({ policy })
  const model = vi.fn()
  const ask = () => log.withContext(contract, () => ways['a fetch']?.(log, model, 'q'))
  const waiting = log.withReview({ waitMs: 60_000 }, ask)
  await expect.poll(async () => (await log.reviews.list()).length).toBe(1)
  const [{ id } = { id: '' }] = await log.reviews.list()
  await log.reviews.reject(id, { by: 'bob', note: 'not this one' })
  const refusal = { code: 'denied', message: /bob rejected it: not this one/ }
  await expect(waiting).rejects.toMatchObject(refusal)
  await expect(ask()).rejects.toMatchObject(refusal)
  await expect(log.reviews.approve(id, { by: 'ada' })).rejects.toMatchObject({
    code: 'bad_option',
    message: /was rejected by bob already/
  })
  await expect(log.reviews.approve('rv-0', { by: 'ada' })).rejects.toMatchObject({
    code: 'not_found'
  })
  expect(model).not.toHaveBeenCalled()
  await log.close()
  expect(eventsOf(journal.records)).toEqual([
    ['review.requested'],
    ['review.decided', 'rejected', 'bob']
  ])
})

test('arguments that change while a call waits are refused', async () => {
  const { log } = newLog({ policy: policyWith({ waitSeconds: 60 }) })
  const model = vi.fn()
  const readRequest = ([input]: [object]) => ({ ...chat, input })
  const client = wrapMethod(log, { ask: async (_: object) => model() }, 'ask', { readRequest })
  const messages = [{ role: 'user', content: 'pay 1 euro' }]
  const asked = log.withContext(contract, () => client.ask(messages))
  await expect.poll(async () => (await log.reviews.list()).length).toBe(1)
  messages.push({ role: 'user', content: 'no, pay 1,000,000' })
  const [{ id } = { id: '' }] = await log.reviews.list()
  await log.reviews.approve(id, { by: 'ada' })
  await expect(asked).rejects.toMatchObject({ code: 'denied', message: /is not the one of review/ })
  expect(model).not.toHaveBeenCalled()
  await log.close()
})

test('of logs that share a journal, one makes the call that was approved', async () => {
  const shared = memoryJournal()
  const logs = [newLog({ policy, journal: shared }), newLog({ policy, journal: shared })]
  const model = vi.fn()
  const ask = ({ log }: { log: Log }) =>
    log.withContext(contract, () => log.record({ ...chat, input: 'q' }, async () => model()))
  const [first, second] = logs
  if (!first || !second) throw new Error('there are two logs')
  await expect(ask(first)).rejects.toMatchObject({ code: 'review_needed' })
  const [{ id } = { id: '' }] = await second.log.reviews.list()
  await second.log.reviews.approve(id, { by: 'ada' })
  const ends = await Promise.allSettled([ask(first), ask(second), ask(first), ask(second)])
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(model).toHaveBeenCalledTimes(1)
})

test('an approval is of one policy, and ends', async () => {
  const { log } = newLog({ policy: policyWith({ expiresSeconds: 1 }) })
  const model = vi.fn()
  const ask = () => log.withContext(contract, () => ways['a function']?.(log, model, 'q'))
  const idOf = async () => (await log.reviews.list()).at(-1)?.id ?? ''
  await expect(ask()).rejects.toMatchObject({ code: 'review_needed' })
  await log.reviews.approve(await idOf(), { by: 'ada' })
  await expect.poll(() => log.reviews.list(), { timeout: 5_000 }).toEqual([])
  await expect(ask()).rejects.toMatchObject({ code: 'review_needed' })
  log.usePolicy(policy)
  await expect(ask()).rejects.toMatchObject({ code: 'review_needed' })
  await log.reviews.approve(await idOf(), { by: 'ada' })
  log.usePolicy(policyWith({ reason: 'another one' }))
  await expect(ask()).rejects.toMatchObject({ code: 'review_needed' })
  expect(model).not.toHaveBeenCalled()
  await log.close()
})

describe('whoever waits may stop', () => {
  test('a fetch whose signal aborts', async () => {
    const { log, journal } = newLog({ policy: policyWith({ waitSeconds: 60 }) })
    const base = vi.fn()
    const aborting = new AbortController()
    const { signal } = aborting
    const fetch = wrapFetch(log, [wire], base)
    const asked = log.withContext(contract, () => fetch(CHAT, { ...post, body: '"q"', signal }))
    await expect.poll(async () => (await log.reviews.list()).length).toBe(1)
    aborting.abort(new Error('the user left'))
    await expect(asked).rejects.toThrow('the user left')
    const [{ id } = { id: '' }] = await log.reviews.list()
    await log.reviews.approve(id, { by: 'ada' })
    await log.close()
    expect(base).not.toHaveBeenCalled()
    const stages = callsOf(journal.records).map(({ stage }) => stage)
    expect(stages).toContain('cancelled')
  })

  test('a client that tries again meanwhile sends nothing before, and one request then', async () => {
    const { log } = newLog({ policy: policyWith({ waitSeconds: 60 }) })
    const base = vi.fn(async () => Response.json({}))
    const fetch = wrapFetch(log, [wire], base)
    const asked = log.withContext(contract, () =>
      log.withAttempts({ limit: 3 }, async () => {
        const signal = AbortSignal.timeout(50)
        await expect(fetch(CHAT, { ...post, body: '"q"', signal })).rejects.toThrow(/timeout/)
        return (await fetch(CHAT, { ...post, body: '"q"' })).text()
      })
    )
    await expect.poll(async () => (await log.reviews.list()).length).toBe(1)
    expect(base).not.toHaveBeenCalled()
    const [{ id } = { id: '' }] = await log.reviews.list()
    await log.reviews.approve(id, { by: 'ada' })
    await asked
    expect(base).toHaveBeenCalledTimes(1)
    await log.close()
  })

  test('a log that closes', async () => {
    const { log } = newLog({ policy: policyWith({ waitSeconds: 60 }) })
    const model = vi.fn()
    const asked = log.withContext(contract, () => ways['a function']?.(log, model, 'q'))
    await expect.poll(async () => (await log.reviews.list()).length).toBe(1)
    const refused = expect(asked).rejects.toMatchObject({ code: 'review_needed' })
    await log.close()
    await refused
    expect(model).not.toHaveBeenCalled()
  })
})

test('no call leaves where reviews cannot be kept, or its use cannot be recorded', async () => {
  const broken = { ...memoryJournal(), reviews: { list: () => Promise.reject(new Error('EIO')) } }
  const { log } = newLog({ policy, journal: broken as never })
  const model = vi.fn()
  const ask = (of: Log) => of.withContext(contract, () => ways['a function']?.(of, model, 'q'))
  await expect(ask(log)).rejects.toMatchObject({ code: 'denied', message: /EIO/ })

  const journal = memoryJournal()
  const full = newLog({ policy, journal, deadlineMs: 200 })
  await expect(ask(full.log)).rejects.toMatchObject({ code: 'review_needed' })
  const [{ id } = { id: '' }] = await full.log.reviews.list()
  await full.log.reviews.approve(id, { by: 'ada' })
  journal.append = () => Promise.reject(new Error('ENOSPC'))
  await expect(ask(full.log)).rejects.toMatchObject({ code: 'not_recorded' })
  expect(model).not.toHaveBeenCalled()
})

test('what a rule says of reviews is checked', () => {
  const wrong = (rule: object) => () =>
    newLog({ policy: { rules: [{ level: 'Request', ...rule } as never] } })
  expect(wrong({ review: { waits: 1 } })).toThrow('rules[0].review.waits is no field of a policy')
  expect(wrong({ review: { waitSeconds: -1 } })).toThrow('must be a number from 0 to 604800')
  expect(wrong({ review: {}, deny: 'no' })).toThrow('is never asked for, because the rule denies')
  expect(wrong({ review: {}, level: 'None' })).toThrow('a person has to see what they approve')
})
