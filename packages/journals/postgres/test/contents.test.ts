import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditError } from '@slm-audit/core/journal'
import { localKeyProvider, readWrappingKeys } from '@slm-audit/core/node'
import {
  openPostgresAdmin,
  openPostgresReader,
  rolesSql,
  rotatePostgresKeyFile
} from '@slm-audit/postgres'
import { collectingLog, recordTwoConversations } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { newKeys, SOUND, say, stateOf, strange } from './contents-support.ts'
import { CuttingProxy } from './cutting-proxy.ts'
import { makeOld } from './make-old.ts'
import { TestServer } from './server.ts'
import { adminOf, freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

test('what was changed on the server is found by whoever has the keys', async () => {
  const place = freshPlace(server)
  const keys = newKeys()
  await say(place, { keys }, ['u-7', 'u-8'])
  const s = place.schema
  const encrypted = `${s}.contents WHERE key IS NOT NULL AND body IS NOT NULL`
  const changes = [
    [`UPDATE ${s}.contents SET body = body || '\\x00' WHERE idx = 2`, 'content mismatch'],
    [
      `UPDATE ${s}.contents SET body = other.body, key = other.key
        FROM (SELECT body, key FROM ${encrypted} AND idx = 4) AS other WHERE idx = 2`,
      'content mismatch'
    ],
    [`UPDATE ${s}.parts SET body = '\\x0000' WHERE key IS NOT NULL`, 'content mismatch'],
    [`UPDATE ${s}.contents SET key = 99 WHERE idx = 2`, 'content missing'],
    [`UPDATE ${s}.content_keys SET wrapped = NULL WHERE NOT is_secret`, 'content missing'],
    [`UPDATE ${s}.content_keys SET wrapped = '\\x00'`, undefined]
  ] as const
  for (const [sql, flaw] of changes) {
    const tables = ['contents', 'parts', 'content_keys']
    const saved = tables.map(
      (table) => `CREATE TABLE kept_${table} AS SELECT * FROM ${s}.${table};`
    )
    const triggers = (what: string) =>
      `ALTER TABLE ${s}.contents ${what} TRIGGER USER; ALTER TABLE ${s}.parts ${what} TRIGGER USER;`
    await server.query(`${saved.join('')}${triggers('DISABLE')}${sql}`)
    const state = await stateOf(place, keys)
    expect([sql, state.flaw]).toEqual([sql, flaw])
    if (flaw === undefined) expect(state.encryptedContents).toBe(4)
    const restored = tables.map(
      (table) => `DELETE FROM ${s}.${table}; INSERT INTO ${s}.${table} SELECT * FROM kept_${table};
        DROP TABLE kept_${table};`
    )
    await server.query(`${restored.join('')}${triggers('ENABLE')}`)
  }
  expect(await stateOf(place, keys)).toEqual({ ...SOUND, shown: 2 })
}, 60_000)

test('processes of a fleet use the same keys and names, and encrypt at the same time', async () => {
  const place = freshPlace(server)
  const keys = newKeys()
  await say(place, { keys }, ['u-7'])
  const folders = [1, 2, 3].map((each) => join(place.folder, `machine-${each}`))
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true })
    copyFileSync(join(place.folder, 'log.key'), join(folder, 'log.key'))
    chmodSync(join(folder, 'log.key'), 0o600)
  }
  await Promise.all(folders.map((folder) => say(place, { keys }, ['u-7', 'u-8'], folder)))
  expect(await stateOf(place, keys)).toEqual({ ...SOUND, shown: 7 })
  const [row] = await server.query(
    `SELECT count(*) FILTER (WHERE is_secret) AS secrets, (SELECT count(*) FROM ${place.schema}.pseudonyms) AS names,
      count(DISTINCT subject) AS subjects FROM ${place.schema}.content_keys`
  )
  expect(row).toEqual({ secrets: '1', names: '2', subjects: '2' })
})

test('a rotation, and an erasure, that are cut at any message finish when they are asked for again', async () => {
  await using proxy = new CuttingProxy(server.port)
  const port = await proxy.listen()
  const url = `postgres://audit@127.0.0.1:${port}/postgres`
  const place = freshPlace(server)
  const keys = newKeys()
  await say(place, { keys }, ['u-7', 'u-8'])
  const cut = { ...place, url, encryption: { contents: { keys } } }
  const at = async (run: () => Promise<unknown>, check: () => Promise<void>) => {
    let isDone = false
    for (let message = 0; !isDone; message++) {
      for (const isBehind of [false, true]) {
        proxy.cutAfter(message, isBehind)
        const done = run().then(
          () => true,
          (error: AuditError) => {
            expect(error.code).toMatch(/^journal_/)
            return false
          }
        )
        isDone ||= await done
        await check()
      }
    }
  }
  const rotated: number[] = []
  await at(
    async () => {
      const { rewrapped } = await rotatePostgresKeyFile(cut, keys.file)
      rotated.push(rewrapped)
    },
    async () => {
      const known = new Set(readWrappingKeys(keys).map(({ id }) => id))
      const sql = `SELECT wrapped_by FROM ${place.schema}.content_keys`
      const rows = await server.query(sql)
      expect(rows.every((row) => known.has(String(row.wrapped_by)))).toBe(true)
    }
  )
  const alone = newKeys()
  writeFileSync(alone.file, readFileSync(keys.file, 'utf8').split('\n')[0] ?? '')
  expect(await stateOf(place, alone)).toEqual({ ...SOUND, shown: 2 })
  const scope = { user: 'u-7' }
  await at(
    () => adminOf(cut).erase({ scope, reason: 'asked for', by: 'Ann' }),
    async () => {
      const [row] = await server.query(
        `SELECT (SELECT count(*) FROM ${place.schema}.content_keys WHERE wrapped IS NULL) AS gone,
          (SELECT count(*) FROM ${place.schema}.pseudonyms) AS names,
          (SELECT count(*) FROM ${place.schema}.contents WHERE body IS NOT NULL AND key IS NOT NULL) AS there`
      )
      // Key, name and contents go together.
      const states = [
        { gone: '0', names: '2', there: '2' },
        { gone: '1', names: '1', there: '1' }
      ]
      expect(states).toContainEqual(row)
    }
  )
  expect(await stateOf(place, keys)).toEqual({ ...SOUND, shown: 1 })
}, 120_000)

test('retention destroys the keys of what it takes, and a month that goes takes its keys along', async () => {
  const place = freshPlace(server)
  const keys = newKeys()
  await say(place, { keys }, ['u-7'])
  await makeOld(server, place.schema)
  await say(place, { keys }, ['u-8'])
  const now = new Date(Date.now() + 86_400_000)
  const short = { contents: 'P0D', headers: 'P9Y' }
  const policy = {
    retention: { default: 'short', classes: { short } },
    rules: [{ level: 'RequestResponse' as const }]
  }
  const planned = await adminOf(place).plan({ policy, now })
  expect(planned).toMatchObject({ keys: 2, expired: { records: 4 } })
  expect(await adminOf(place).retain({ policy, now })).toEqual(planned)
  expect(await stateOf(place, keys)).toEqual({ ...SOUND, shown: 0 })
  expect(await adminOf(place).plan({ policy, now })).toMatchObject({ keys: 0 })
})

test('roles: a writer encrypts, a reader opens, an admin erases and rotates, and nobody else destroys a key', async () => {
  const place = freshPlace(server)
  const keys = newKeys()
  const contents = { keys }
  await say(place, contents, ['u-7'])
  const s = place.schema
  const roles = ['writer', 'reader', 'admin']
  const users = roles.map(
    (role) => `CREATE ROLE ${s}_as_${role} LOGIN; GRANT ${s}_${role} TO ${s}_as_${role};`
  )
  await server.query(`${rolesSql(s)}; ${users.join('')}`)
  const as = (role: string) => ({
    ...place,
    url: server.url.replace('audit@', `${s}_as_${role}@`),
    encryption: { contents }
  })
  await say(as('writer'), contents, ['u-7', 'u-9'])
  await using reader = await openPostgresReader(as('reader'))
  const { items } = await reader.query({ user: 'u-7' })
  expect(items.map(({ question }) => question)).toEqual(['words of u-7', 'words of u-7'])
  for (const role of ['writer', 'reader']) {
    const refused = { code: 'journal_failed', message: expect.stringMatching(/permission denied/) }
    await expect(rotatePostgresKeyFile(as(role), keys.file)).rejects.toMatchObject(refused)
  }
  const before = await rotatePostgresKeyFile(as('admin'), keys.file)
  expect(before.rewrapped).toBe(3)
  const erased = await openPostgresAdmin(as('admin')).erase({
    ...{ scope: { user: 'u-7' }, reason: 'asked for', by: 'Ann' }
  })
  expect(erased).toMatchObject({ calls: 2, keys: 1 })
  expect(await stateOf(place, keys)).toEqual({ ...SOUND, shown: 1 })
})

test('a process that cannot unwrap writes, and whoever can finds a user by all names', async () => {
  const place = freshPlace(server)
  const keys = newKeys()
  const local = localKeyProvider(keys)
  const writing = { describe: local.describe, wrap: local.wrap }
  for (let start = 0; start < 2; start++) await say(place, { keys: writing }, ['u-7'])
  const from = { ...strange(place), encryption: { contents: { keys } } }
  await using reader = await openPostgresReader(from)
  const { items } = await reader.query({ user: 'u-7' })
  expect(items.map(({ question }) => question)).toEqual(['words of u-7', 'words of u-7'])
  const erased = await openPostgresAdmin(from).erase({
    ...{ scope: { user: 'u-7' }, reason: 'asked for', by: 'Ann' }
  })
  expect(erased).toMatchObject({ calls: 2, keys: 2 })
  expect(await stateOf(place, keys)).toEqual({ ...SOUND, shown: 0 })
})

test('a schema of an earlier version is read, and who would add to it is told what to do', async () => {
  const place = freshPlace(server)
  await recordTwoConversations(await openJournal(place))
  const s = place.schema
  await server.query(`DROP TABLE ${s}.content_keys, ${s}.pseudonyms;
    ALTER TABLE ${s}.contents DROP COLUMN key; ALTER TABLE ${s}.parts DROP COLUMN key;
    UPDATE ${s}.meta SET value = '4' WHERE name = 'version'`)
  await using reader = await openPostgresReader(place)
  expect((await reader.search('alicewords')).items).toHaveLength(2)
  expect((await reader.verify()).flaw).toBeUndefined()
  const scope = { user: 'alice' }
  const said = { reason: 'asked for', by: 'Ann' }
  const planned = await adminOf(place).erase({ scope, ...said, dryRun: true })
  expect(planned).toMatchObject({ calls: 2, keys: 0 })
  await expect(adminOf(place).erase({ scope, ...said })).rejects.toMatchObject({
    code: 'journal_unavailable',
    message: expect.stringMatching(/has version 4, .* start an application of this version first/)
  })
  const { log, journal } = collectingLog(await openJournal(place))
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(await adminOf(place).erase({ scope, ...said })).toMatchObject({ calls: 2 })
})

test('a user of a log that began to encrypt later is held and erased by both names', async () => {
  const place = freshPlace(server)
  const keys = newKeys()
  await recordTwoConversations(await openJournal(place))
  await say(place, { keys }, ['alice', 'u-8'])
  const from = { ...strange(place), encryption: { contents: { keys } } }
  const admin = openPostgresAdmin(from)
  const said = { reason: 'asked for', by: 'Ann' }
  await admin.hold({ incident: 'INC-7', scope: { user: 'alice' }, ...said })
  const erase = () => admin.erase({ scope: { user: 'alice' }, ...said })
  expect(await erase()).toMatchObject({ calls: 0, held: 6 })
  await admin.release({ incident: 'INC-7', ...said })
  expect(await erase()).toMatchObject({ calls: 3, keys: 1 })
  const { shown, ...state } = await stateOf(place, keys)
  expect([shown, state]).toEqual([1, SOUND])
})
