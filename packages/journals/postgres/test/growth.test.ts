import { openPostgresReader } from '@slm-audit/postgres'
import { pendingRecords } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { TestServer } from './server.ts'
import { freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

test('readers and exporters hear of what another process appends, and again after the server was away', async () => {
  const place = freshPlace(server)
  await using journal = await openJournal(place)
  await using reader = await openPostgresReader(place)
  const heard = { reader: 0, journal: 0 }
  using ofReader = reader.watch?.(() => heard.reader++)
  using ofJournal = journal.watch?.(() => heard.journal++)
  const areLive = () => [ofReader?.isLive, ofJournal?.isLive]
  for (const round of [1, 2]) {
    await expect.poll(areLive).toEqual([true, true])
    const before = { ...heard }
    await journal.append(await pendingRecords([`round ${round}`]))
    await expect.poll(() => heard.reader - before.reader).toBeGreaterThan(0)
    await expect.poll(() => heard.journal - before.journal).toBeGreaterThan(0)
    if (round === 2) break
    await server.kill()
    await expect.poll(areLive).toEqual([false, false])
    await server.run()
  }
})
