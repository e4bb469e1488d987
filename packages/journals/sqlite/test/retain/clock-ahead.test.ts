import type { PolicyDocument } from '@slm-audit/core'
import { parseRecord } from '@slm-audit/core/journal'
import { afterEach, expect, test, vi } from 'vitest'
import { BackgroundRetention } from '../../src/retain/background-retention.ts'
import { openForWriting } from '../../src/store/open-database.ts'
import { Writer } from '../../src/store/writer.ts'
import { sealedIn } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

const policy: PolicyDocument = {
  retention: { default: 'long', classes: { long: { contents: 'P6M' }, now: { contents: 'P0D' } } },
  rules: [
    { level: 'RequestResponse', match: { tenants: 'brief' }, retention: 'now' },
    { level: 'RequestResponse' }
  ]
}

afterEach(() => {
  vi.useRealTimers()
})

test('a clock that is set ahead for years takes nothing out before its time', async () => {
  const file = freshFile()
  const { log } = await openLog({ file }, { policy })
  for (const tenant of ['brief', 'other']) {
    const request = { operation: 'chat', provider: 'test', model: 'm', input: 'words' }
    await log.withContext({ tenant }, () => log.record(request, async () => 'answer'))
  }
  await log.close()
  const database = openForWriting(file, 'process', '')
  const failed: unknown[] = []
  const host = {
    ...{ database, file, writer: new Writer(database, 'retention') },
    appended: () => undefined,
    ended: () => undefined,
    failed: (problem: unknown) => failed.push(problem)
  }
  const retention = new BackgroundRetention(host, 10)
  vi.useFakeTimers({ now: Date.now() + 7 * 366 * 86_400_000, toFake: ['Date'] })
  const gone = () =>
    [...sealedIn(file)]
      .filter(({ contents }) => contents.some(({ body }) => !body))
      .map((sealed) => parseRecord(sealed).context?.tenant)
  await expect.poll(gone, { timeout: 20_000 }).toEqual(['brief', 'brief'])
  retention.stop()
  database.close()
  expect(failed).toEqual([])
  expect(gone()).toEqual(['brief', 'brief'])
})
