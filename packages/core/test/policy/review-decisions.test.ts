import { type PolicyDocument, parseRecord } from '@slm-audit/core'
import { expect, test, vi } from 'vitest'
import { newLog } from '../helpers.ts'

type Log = ReturnType<typeof newLog>['log']

const policyWith = (review: object): PolicyDocument => ({
  rules: [
    { name: 'contracts', level: 'Request', match: { tags: { kind: 'contract' } }, review },
    { name: 'rest', level: 'RequestResponse' }
  ]
})
const contract = { tags: { kind: 'contract' } }

const ask = (log: Log, model: () => void) =>
  log.record({ operation: 'chat', provider: 'mine', input: 'q' }, async () => model())

test('a decision that comes too late counts for nothing, and says why', async () => {
  const { log, journal } = newLog({ policy: policyWith({ expiresSeconds: 1 }) })
  const model = vi.fn()
  const asked = log.withContext(contract, () => ask(log, model))
  await expect(asked).rejects.toMatchObject({ code: 'review_needed' })
  const [{ id } = { id: '' }] = await log.reviews.list()
  const { append } = journal
  journal.append = async (records) => {
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    return append(records)
  }
  const late = { code: 'not_found', message: /or it has expired/ }
  await expect(log.reviews.approve(id, { by: 'ada' })).rejects.toMatchObject(late)
  journal.append = append
  await log.close()
  const refused = journal.records
    .map((sealed) => parseRecord(sealed))
    .find(({ kind }) => kind === 'review.refused')
  expect(refused?.event).toMatchObject({ review: id, why: 'it has expired' })
})

test('what is no decision, and no time to wait, ends at once', async () => {
  const { log } = newLog({ policy: policyWith({ waitSeconds: 60 }) })
  const model = vi.fn()
  for (const waitMs of [Number.NaN, 'soon', {}, -1] as number[]) {
    const asked = log.withReview({ waitMs }, () => log.withContext(contract, () => ask(log, model)))
    await expect(asked).rejects.toMatchObject({ code: 'review_needed' })
  }
  const [{ id } = { id: '' }] = await log.reviews.list()
  for (const deciding of [undefined, null, {}, { by: 7 }] as never[]) {
    for (const decide of [log.reviews.approve, log.reviews.reject]) {
      const message = 'by must name the person who decides'
      await expect(decide(id, deciding)).rejects.toMatchObject({ code: 'bad_option', message })
    }
  }
  expect(model).not.toHaveBeenCalled()
  await log.close()
})
