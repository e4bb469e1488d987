import { openPostgresReader } from '@slm-audit/postgres'
import { pendingRecords } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { TestServer } from './server.ts'
import { freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

test('a server that refuses to tell keeps no session for each time that it was asked', async () => {
  const place = freshPlace(server)
  await using journal = await openJournal(place)
  await journal.append(await pendingRecords(['one']))
  // What a listener asks first fails on the server, and its connection stays.
  await server.query(`CREATE SCHEMA refusing;
    CREATE FUNCTION refusing.pg_is_in_recovery() RETURNS boolean LANGUAGE plpgsql AS
      $$ BEGIN PERFORM nextval('refusing.asked'); RAISE EXCEPTION 'no'; END $$;
    CREATE SEQUENCE refusing.asked;
    ALTER ROLE audit SET search_path = refusing, pg_catalog, public`)
  await using reader = await openPostgresReader(place)
  using _watch = reader.watch?.(() => undefined)
  const [asked, sessions] = [
    'SELECT last_value::int AS n FROM refusing.asked',
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%pg_is_in_recovery() AS is_replica'`
  ]
  const count = async (sql: string) => (await server.query(sql))[0]?.n
  await expect.poll(() => count(asked), { timeout: 20_000 }).toBe(3)
  await server.query('ALTER ROLE audit RESET search_path')
  await expect.poll(() => count(sessions)).toBe(0)
})

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
