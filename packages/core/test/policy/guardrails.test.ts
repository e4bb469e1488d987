import type { PolicyDocument } from '@slm-audit/core'
import { parsePolicy } from '@slm-audit/core/policy'
import { expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

const policy: PolicyDocument = {
  omitStages: ['received'],
  rules: [
    { name: 'flagged', level: 'RequestResponse', match: { verdicts: ['flagged', 'blocked'] } },
    { name: 'prices', level: 'Request', when: `'prices' in guardrails` },
    { name: 'rest', level: 'Metadata' }
  ]
}

test('what guardrails find while a call is open decides how much of it is recorded', async () => {
  const { log, journal, problems } = newLog({ policy })
  const ask = (input: string, ...found: (string | object)[]) =>
    log.record({ ...chat, input }, async (call) => {
      for (const guardrail of found) log.annotate(call, { guardrail } as never)
      return `you said ${input}`
    })
  await ask('a')
  await ask('b', { name: 'tone', action: 'allowed' }, { name: 'prices', action: 'flagged' })
  await ask('c', 'prices')
  await log.close()
  expect(problems).toEqual([])
  const calls = callsOf(journal.records).filter(({ record }) => record.kind === 'call')
  expect(calls.map(({ record, contents }) => [record.policy?.rule, contents])).toEqual([
    ['rest', {}],
    ['flagged', { input: 'b', output: 'you said b' }],
    ['prices', { input: 'c' }]
  ])
  const said = callsOf(journal.records).filter(({ record }) => record.kind === 'annotation')
  expect(said.map(({ record }) => record.policy?.rule)).toEqual(['rest', 'flagged', 'prices'])
})

test('nothing of it is known before a call', async () => {
  const { log } = newLog({
    policy: {
      rules: [{ level: 'Request', match: { verdicts: '*' }, deny: 'no' }, { level: 'None' }]
    }
  })
  expect(await log.record({ ...chat }, async () => 'a')).toBe('a')
  await log.close()
  expect(parsePolicy(policy).decide({ verdicts: 'blocked' }).rule).toBe('flagged')
})
