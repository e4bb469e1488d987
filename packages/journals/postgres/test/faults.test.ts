import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AuditLog } from '@slm-audit/core'
import { openPostgresReader } from '@slm-audit/postgres'
import { collectingLog, pendingRecords } from '@slm-audit/testing'
import pg from 'pg'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { Connection } from '../src/connection/connection.ts'
import { checkPlace } from '../src/connection/connection-options.ts'
import { migrate, SCHEMA_VERSION } from '../src/store/schema.ts'
import { CuttingProxy } from './cutting-proxy.ts'
import { TestServer } from './server.ts'
import { freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

const DAY_MS = 24 * 60 * 60 * 1000

type Place = ReturnType<typeof freshPlace>

function isFlushed(log: AuditLog): Promise<boolean> {
  return log.flush().then(
    () => true,
    () => false
  )
}

async function inputsIn(place: Place): Promise<string[]> {
  const rows = await server.query(
    `SELECT r.audit_id || ' ' || r.stage AS key FROM ${place.schema}.records r WHERE stage <> 'event'`
  )
  return rows.map(({ key }) => String(key))
}

async function expectRight(place: Place): Promise<void> {
  await using reader = await openPostgresReader(place)
  expect(await reader.verify()).toMatchObject({ verdict: 'unanchored', strays: 0, unexplained: 0 })
  expect((await reader.verify()).flaw).toBeUndefined()
}

test('a connection that is cut at any message loses nothing and stores nothing twice', async () => {
  await using proxy = new CuttingProxy(server.port)
  const port = await proxy.listen()
  const place = { ...freshPlace(server), url: `postgres://audit@127.0.0.1:${port}/postgres` }
  const journal = await openJournal(place, { checkpoints: { heartbeatMs: 0, everyMs: 60_000 } })
  const keys: string[] = []
  for (let cut = 0; cut < 14; cut++) {
    const pending = await pendingRecords([`question ${cut}`])
    keys.push(...pending.map(({ record }) => `${record.auditId} ${record.stage}`))
    proxy.cutAfter(Math.floor(cut / 2), cut % 2 === 1)
    for (let tried = 0; ; tried++) {
      try {
        await journal.append(pending.map((one) => ({ ...one, retried: tried > 0 })))
        break
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^journal_/) })
        expect(tried).toBeLessThan(20)
      }
    }
  }
  await journal[Symbol.asyncDispose]()
  expect((await inputsIn(place)).sort()).toEqual(keys.sort())
  await expectRight(place)
})

test('a server that is away costs lag alone, from the first moment on', async () => {
  await using proxy = new CuttingProxy(server.port)
  const port = await proxy.listen()
  proxy.isAway = true
  const place = { ...freshPlace(server), url: `postgres://audit@127.0.0.1:${port}/postgres` }
  const { log, problems, journal } = collectingLog(await openJournal(place))
  const began = performance.now()
  for (let at = 0; at < 50; at++) {
    await log.record({ operation: 'chat', provider: 'test', input: `away ${at}` }, async () => at)
  }
  expect(performance.now() - began).toBeLessThan(10_000)
  await expect.poll(() => problems.map(({ code }) => code)).toContain('journal_unavailable')
  proxy.isAway = false
  await expect.poll(() => isFlushed(log)).toBe(true)
  expect(await inputsIn(place)).toHaveLength(100)
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems.map(({ code }) => code).filter((code) => code !== 'journal_unavailable')).toEqual(
    []
  )
  await expectRight(place)
})

/** Has a table refuse rows with a code of the server. */
const failing = (s: string, table: string, code: string) =>
  `CREATE OR REPLACE FUNCTION ${s}.fail() RETURNS trigger
    LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '${code}'; END $$;
    CREATE OR REPLACE TRIGGER fails BEFORE INSERT ON ${s}.${table} EXECUTE FUNCTION ${s}.fail()`

test.each(['53100', '55P03'])(
  'a process that starts while the server says %s records, and stores it once that is over',
  async (code) => {
    const place = freshPlace(server)
    await (await openJournal(place))[Symbol.asyncDispose]()
    await server.query(failing(place.schema, 'writers', code))
    const { log, problems, journal } = collectingLog(await openJournal(place))
    const request = { operation: 'chat', provider: 'test', input: `while ${code}` }
    await log.record(request, async () => 'answer')
    await expect(log.flush()).rejects.toMatchObject({ code: 'journal_failed' })
    await server.query(`DROP TRIGGER fails ON ${place.schema}.writers`)
    await expect.poll(() => isFlushed(log)).toBe(true)
    await log.close()
    await journal[Symbol.asyncDispose]()
    expect(await inputsIn(place)).toHaveLength(2)
    expect([...new Set(problems.map(({ code: said }) => said))]).toEqual(['journal_failed'])
    await expectRight(place)
  }
)

test('a disk that is full and a session that holds the log cost lag alone, and are told', async () => {
  const place = freshPlace(server)
  const { log, problems, journal } = collectingLog(await openJournal(place))
  const s = place.schema
  const record = (input: string) =>
    log.record({ operation: 'chat', provider: 'test', input }, async () => 'answer')
  for (const [code, said] of [
    ['53100', /its disk is full.*slm-audit expire/],
    ['55P03', /somebody has held the log/]
  ] as const) {
    await server.query(failing(s, 'contents', code))
    await record(`while ${code}`)
    await expect(log.flush()).rejects.toThrow(said)
    await server.query(`DROP TRIGGER fails ON ${s}.contents`)
    await expect.poll(() => isFlushed(log)).toBe(true)
  }
  const holder = new pg.Client(server.url)
  await holder.connect()
  await holder.query(`BEGIN; LOCK TABLE ${s}.records IN ACCESS EXCLUSIVE MODE`)
  await record('while it is held')
  await holder.query('ROLLBACK')
  await holder.end()
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(await inputsIn(place)).toHaveLength(6)
  expect(problems.map(({ code }) => code)).toEqual(['journal_failed', 'journal_failed'])
  await expectRight(place)
})

test('a schema takes longer to bring up to date than another answer may take', async () => {
  const place = freshPlace(server)
  await (await openJournal(place))[Symbol.asyncDispose]()
  const s = place.schema
  await server.query(`UPDATE ${s}.meta SET value = '3' WHERE name = 'version';
    DROP INDEX ${s}.aging_records`)
  const holder = new pg.Client(server.url)
  await holder.connect()
  await holder.query(`BEGIN; LOCK TABLE ${s}.records IN ACCESS EXCLUSIVE MODE`)
  const connection = await Connection.open(checkPlace({ url: server.url, schema: s }))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const migrated = migrate(connection, 'example.com/audit').catch((error: unknown) => error)
  const waits = `SELECT count(*) AS waits FROM pg_locks WHERE NOT granted AND relation = '${s}.records'::regclass`
  await expect.poll(() => server.query(waits)).toEqual([{ waits: '1' }])
  vi.advanceTimersByTime(10 * 60_000)
  await holder.query('ROLLBACK')
  expect(await migrated).toBeUndefined()
  await Promise.all([holder.end(), connection.close()])
  expect(await server.query(`SELECT value FROM ${s}.meta WHERE name = 'version'`)).toEqual([
    { value: String(SCHEMA_VERSION) }
  ])
})

test('guards let nobody change, delete or fill in what is stored', async () => {
  const place = freshPlace(server)
  const journal = await openJournal(place)
  await journal.append(await pendingRecords(['one', 'two']))
  await journal[Symbol.asyncDispose]()
  const s = place.schema
  for (const sql of [
    `UPDATE ${s}.records SET header = replace(header, 'chat', 'talk')`,
    `DELETE FROM ${s}.records WHERE idx = 1`,
    `TRUNCATE ${s}.records`,
    `INSERT INTO ${s}.records VALUES (99, 'x', 'complete', '2026-01-01', '{}')`,
    `UPDATE ${s}.tiles SET hashes = substr(hashes, 1, 32)`,
    `DELETE FROM ${s}.tiles`,
    `UPDATE ${s}.contents SET body = 'other'`,
    `DELETE FROM ${s}.contents`,
    `UPDATE ${s}.checkpoints SET note = 'x'`
  ]) {
    await expect(server.query(sql), sql).rejects.toThrow(/append-only/)
  }
  await expectRight(place)
  await using signed = await openPostgresReader(place)
  expect(await signed.verify()).toMatchObject({ unsigned: 0, checkpoints: 1 })
  // Whoever owns the tables can take the guards away, and is found out.
  await server.query(`ALTER TABLE ${s}.records DISABLE TRIGGER ALL;
    UPDATE ${s}.records SET header = replace(header, '"chat"', '"talk"') WHERE idx = 1`)
  await using reader = await openPostgresReader(place)
  expect(await reader.verify()).toMatchObject({ flaw: { index: 1, kind: 'changed' } })
})

test('refuses a newer schema, another log, a key that is not the log’s, and what is no log', async () => {
  const place = freshPlace(server)
  await (await openJournal(place))[Symbol.asyncDispose]()
  await expect(openJournal(place, { origin: 'example.com/other' })).rejects.toMatchObject({
    code: 'bad_option',
    message: /holds the log example.com\/audit, not example.com\/other/
  })
  const folder = freshPlace(server).folder
  await expect(openJournal({ ...place, folder })).rejects.toMatchObject({ code: 'bad_key' })
  await server.query(`UPDATE ${place.schema}.meta SET value = '99' WHERE name = 'version'`)
  await expect(openJournal(place)).rejects.toMatchObject({ code: 'journal_newer' })
  await expect(openPostgresReader(place)).rejects.toMatchObject({ code: 'journal_newer' })
  await expect(openPostgresReader(freshPlace(server))).rejects.toMatchObject({
    code: 'journal_unavailable'
  })
})

/** A process of a fleet, killed once it has recorded so many calls; resolves to those that it recorded. */
function member(
  place: Place,
  name: string,
  count: number,
  { killAfter = Number.POSITIVE_INFINITY, skewMs = 0 }
) {
  const programs = join(import.meta.dirname, 'programs')
  const skewed = ['--import', pathToFileURL(join(programs, 'skewed-clock.mjs')).href]
  const given = [join(programs, 'calls.ts'), JSON.stringify(place), name, String(count)]
  const child: ChildProcess = spawn(process.execPath, [...skewed, ...given], {
    env: { ...process.env, SKEW_MS: String(skewMs) },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let output = ''
  child.stdout?.on('data', (data) => {
    output += data
    if (output.split('\n').length > killAfter) child.kill('SIGKILL')
  })
  return new Promise<string[]>((resolve) => {
    child.on('close', () => {
      // What a slow disk keeps in memory dies with its process, and the log says so.
      if (output.includes('calls wait in memory')) output = ''
      resolve([...output.matchAll(/^recorded (.+)$/gm)].map(([, call]) => String(call)))
    })
  })
}

test('eight processes whose clocks differ, some of them killed, and a server that is killed, write one log', async () => {
  const place = freshPlace(server)
  // All machines of a fleet have the log's key.
  await (await openJournal(place))[Symbol.asyncDispose]()
  const members = Array.from({ length: 8 }, (_, at) => {
    const killAfter = at % 2 === 0 ? 15 + 10 * at : Number.POSITIVE_INFINITY
    return member(place, `m${at}`, 100, { killAfter, skewMs: ((at % 3) - 1) * 40 * DAY_MS })
  })
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  await server.kill()
  await server.run()
  const recorded = (await Promise.all(members)).flat()
  // Somebody opens the log next, and takes in what the dead left.
  await using journal = await openJournal(place)
  await journal.takenOver?.()
  const rows = await server.query(
    `SELECT convert_from(p.body, 'UTF8') AS text FROM ${place.schema}.parts p WHERE body IS NOT NULL`
  )
  const stored = new Set(
    rows.flatMap(
      ({ text }) =>
        /question (\d+) of (m\d)/.exec(String(text))?.slice(1, 3).reverse().join(' ') ?? []
    )
  )
  expect(recorded.length).toBeGreaterThan(100)
  expect(recorded.filter((call) => !stored.has(call))).toEqual([])
  const keys = await inputsIn(place)
  expect(new Set(keys).size).toBe(keys.length)
  // Clocks that are weeks apart say when calls were made, and order nothing: what expires goes by the server's.
  const months = await server.query(
    `SELECT DISTINCT month = date_trunc('month', now() AT TIME ZONE 'UTC')::date AS is_now FROM ${place.schema}.parts`
  )
  expect(months).toEqual([{ is_now: true }])
  await using reader = await openPostgresReader(place)
  const { items } = await reader.query({}, { limit: 1_000, complete: true })
  expect(items).toHaveLength(new Set(keys.map((key) => key.split(' ')[0])).size)
  await expectRight(place)
})
