import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { postgresJournal } from '@slm-audit/postgres'
import { afterAll, expect, test, vi } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-postgres-reviews-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('logs on one machine see the reviews of each other, while the server is away', async () => {
  const openLog = async () =>
    createAuditLog({
      // Nobody listens there.
      journal: await postgresJournal({
        url: 'postgres://audit@127.0.0.1:9/postgres',
        origin: 'example.com/reviews',
        folder,
        stateFolder: false
      }),
      platform: nodePlatform(),
      deadlineMs: 500,
      onProblem: () => undefined,
      policy: { rules: [{ name: 'all', level: 'Request', review: {} }] }
    })
  const [log, other] = [await openLog(), await openLog()]
  const model = vi.fn(async () => 'answer')
  const asked = log.record({ operation: 'chat', provider: 'mine', input: 'q' }, model)
  await expect(asked).rejects.toMatchObject({ code: 'review_needed' })
  expect(model).not.toHaveBeenCalled()
  const [review] = await other.reviews.list()
  expect(review).toMatchObject({ rule: 'all' })
  await Promise.all([log.close(), other.close()])
})
