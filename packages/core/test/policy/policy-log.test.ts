import { type PolicyDocument, parseRecord } from '@slm-audit/core'
import { expect, test, vi } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

const policy: PolicyDocument = {
  rules: [
    { name: 'health', level: 'None', match: { tags: { area: 'health' } } },
    { name: 'facts', level: 'Metadata', match: { tenants: 'm-*' } },
    { name: 'asked', level: 'Request', match: { tenants: 'r-*' }, retention: 'short' },
    { name: 'quiet', level: 'RequestResponse', match: { users: 'q' }, omitStages: ['received'] },
    { name: 'rest', level: 'RequestResponse' }
  ]
}

const request = { ...chat, model: 'qwen', input: 'the question', settings: { stop: 'the stop' } }
const answer = async () => 'the answer'

/** The records of a log, parsed. */
const recordsOf = (journal: ReturnType<typeof newLog>['journal']) =>
  journal.records.map((sealed) => parseRecord(sealed))

test('a level says which contents are recorded, and marks what is left out', async () => {
  const { log, journal } = newLog({ policy })
  for (const tenant of ['m-1', 'r-1', 'other']) {
    await log.withContext({ tenant }, () => log.record(request, answer))
  }
  await log.flush()
  const calls = callsOf(journal.records).filter(({ record }) => record.kind === 'call')
  const contents = calls.map((call) => Object.keys(call.contents).sort())
  expect(contents).toEqual([[], ['input', 'settings'], ['input', 'output', 'settings']])
  const ends = recordsOf(journal).filter(({ stage }) => stage === 'complete')
  expect(ends.map((end) => end.policy)).toMatchObject([
    { rule: 'facts', level: 'Metadata' },
    { rule: 'asked', level: 'Request', retention: 'short' },
    { rule: 'rest', level: 'RequestResponse' }
  ])
  expect(ends[1]?.altered).toEqual([{ pointer: '/output', what: 'erased', reason: 'policy' }])
  expect(JSON.stringify(ends[0])).not.toContain('the')
  await log.close()
})

test('an error text is an answer, and words of a tag are no header at level Metadata', async () => {
  const { log, journal } = newLog({ policy })
  const failing = log.withContext({ tenant: 'm-1', words: 'the words' } as object, () =>
    log.record(request, () => Promise.reject(new Error('the failure')))
  )
  await expect(failing).rejects.toThrow('the failure')
  await log.flush()
  const end = recordsOf(journal).find(({ stage }) => stage === 'error')
  expect(Object.keys(end?.log.contents ?? {})).toEqual([])
  expect(end?.altered).toContainEqual({ pointer: '/error', what: 'erased', reason: 'policy' })
  expect(JSON.stringify(recordsOf(journal))).not.toContain('the words')
  await log.close()
})

test('what level None leaves out is counted by rule when the log closes', async () => {
  const { log, journal, problems } = newLog({ policy })
  const tags = { area: 'health' }
  for (let count = 0; count < 3; count++) {
    await log.withContext({ tags }, () => log.record(request, answer))
  }
  await log.record(request, answer)
  await log.close()
  const records = recordsOf(journal)
  expect(records.filter(({ kind }) => kind === 'call')).toHaveLength(2)
  const counted = records.find(({ kind }) => kind === 'policy.omitted')
  expect(counted?.event).toMatchObject({ policies: [{ rules: { health: 3 } }] })
  expect(problems).toEqual([])
})

test('what level None leaves out is counted once an hour', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) })
  try {
    const { log, journal } = newLog({ policy })
    const omit = async (afterMs: number) => {
      vi.setSystemTime(Date.now() + afterMs)
      await log.withContext({ tags: { area: 'health' } }, () => log.record(request, answer))
      await log.flush()
      return recordsOf(journal).filter(({ kind }) => kind === 'policy.omitted')
    }
    expect(await omit(0)).toEqual([])
    expect(await omit(3_599_000)).toEqual([])
    const [counted] = await omit(1_000)
    expect(counted?.event).toMatchObject({
      from: '2030-01-01T00:00:00.000Z',
      to: '2030-01-01T01:00:00.000Z',
      policies: [{ rules: { health: 3 } }]
    })
    expect(await omit(1_000)).toHaveLength(1)
    await log.close()
  } finally {
    vi.useRealTimers()
  }
})

test('without the record of the start, the end has what was asked', async () => {
  const { log, journal } = newLog({ policy })
  await log.withContext({ user: 'q' }, () => log.record(request, answer))
  await log.flush()
  const records = recordsOf(journal).filter(({ kind }) => kind === 'call')
  expect(records.map(({ stage }) => stage)).toEqual(['complete'])
  expect(Object.keys(records[0]?.log.contents ?? {}).sort()).toEqual([
    'input',
    'output',
    'settings'
  ])
  await log.close()
})

test('the policy and each change of it are records, and a broken one changes nothing', async () => {
  const { log, journal, problems } = newLog({ policy })
  const next: PolicyDocument = { rules: [{ name: 'all', level: 'Metadata' }] }
  expect(log.usePolicy(next)).toBe(true)
  expect(log.usePolicy(next)).toBe(true)
  expect(log.usePolicy({ rules: [] })).toBe(false)
  await log.record(request, answer)
  await log.flush()
  const records = recordsOf(journal)
  const events = records.filter(({ kind }) => kind.startsWith('policy.'))
  expect(events.map(({ kind }) => kind)).toEqual(['policy.set', 'policy.changed', 'policy.refused'])
  const [set, changed] = events.map(({ event }) => event)
  expect(set?.policy).toEqual(policy)
  expect(changed).toMatchObject({ policy: next, previous: set?.digest })
  expect(records.at(-1)?.policy).toMatchObject({ rule: 'all', digest: changed?.digest })
  expect(problems.map(({ code }) => code)).toEqual(['bad_policy'])
  await log.close()
})

test('a call that began before a change is recorded as it began', async () => {
  const { log, journal } = newLog({ policy })
  const call = log.open(request)
  log.usePolicy({ rules: [{ name: 'none', level: 'None' }] })
  call.complete({ output: 'the answer' })
  await log.close()
  const calls = callsOf(journal.records).filter(({ record }) => record.kind === 'call')
  expect(calls.map(({ stage }) => stage)).toEqual(['complete'])
})

test('annotations keep to the policy as well', async () => {
  const { log, journal } = newLog({
    policy: {
      rules: [
        { level: 'None', match: { kinds: 'annotation', users: 'x' } },
        { level: 'Metadata', match: { kinds: 'annotation' } },
        { level: 'RequestResponse' }
      ]
    }
  })
  log.annotate('0197', { score: 1, comment: 'the comment' })
  log.withContext({ user: 'x' }, () => log.annotate('0197', { score: 2 }))
  await log.close()
  const records = recordsOf(journal)
  const [annotation, ...others] = records.filter(({ kind }) => kind === 'annotation')
  expect(others).toEqual([])
  expect(annotation?.event).toEqual({ score: 1 })
  expect(Object.keys(annotation?.log.contents ?? {})).toEqual([])
  expect(records.at(-1)?.event).toMatchObject({ policies: [{ rules: { 'rule-1': 1 } }] })
})

test('a policy that cannot be used is an error at once', () => {
  expect(() => newLog({ policy: { rules: [] } })).toThrow('rules must be a list')
})
