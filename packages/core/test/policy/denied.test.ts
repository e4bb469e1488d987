import { AuditError, memoryJournal, type PolicyDocument, parseRecord } from '@slm-audit/core'
import { wrapFetch, wrapMethod } from '@slm-audit/core/adapter'
import { describe, expect, test, vi } from 'vitest'
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

  test('a model is denied by what the body of its request says', async () => {
    const { log } = newLog({
      policy: {
        rules: [
          { level: 'Metadata', match: { models: 'big-*' }, deny: 'too big' },
          { level: 'Metadata' }
        ]
      }
    })
    const named = {
      ...wire,
      readRequest: (body: unknown) => ({
        ...chat,
        model: String((body as { model: unknown }).model)
      })
    }
    const fetch = wrapFetch(log, [named], async () => Response.json({}))
    const ask = (model: string) => fetch(CHAT, { ...post, body: JSON.stringify({ model }) })
    await expect(ask('big-1')).rejects.toMatchObject({ code: 'denied' })
    await (await ask('small-1')).text()
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
