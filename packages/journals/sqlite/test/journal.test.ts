import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pendingEvent } from '@slm-audit/core/journal'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../src/driver/driver.ts'
import { chat, freshFile, openLog, stagesIn } from './support.ts'

describe('the file', () => {
  test('is made with its folders, for the owner alone, in WAL with large pages', async () => {
    const file = join(dirname(freshFile()), 'a', 'b', 'audit.db')
    const { log } = await openLog({ file })
    await log.record(chat, async () => 1)
    await log.close()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
    const database = openDatabase(file)
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(database.pragma('page_size', { simple: true })).toBe(16384)
    database.close()
  })

  test('keeps its origin', async () => {
    const file = freshFile()
    const first = await openLog({ file, origin: 'example.com/bot' })
    await first.log.close()
    const second = await openLog({ file, origin: 'other' })
    expect(second.journal.origin).toBe('example.com/bot')
    await second.log.close()
  })

  test('of a newer version is refused by writer and reader, and left as it was', async () => {
    const file = freshFile()
    await (await openLog({ file })).log.close()
    const database = openDatabase(file)
    database.pragma('user_version = 99')
    database.close()
    const refusal = {
      code: 'journal_newer',
      message: expect.stringMatching(/version 99.*update slm-audit/)
    }
    await expect(sqliteJournal({ file })).rejects.toMatchObject(refusal)
    await expect(openReader(file)).rejects.toMatchObject(refusal)
  })

  test.each([
    [
      'text',
      () => 'not a database, but long enough to be read as the header of one',
      'journal_damaged'
    ],
    ['another database', () => otherDatabase(), 'journal_damaged']
  ])('that is %s is refused', async (_name, content, code) => {
    const file = freshFile()
    writeFileSync(file, content())
    await expect(sqliteJournal({ file })).rejects.toMatchObject({ code })
    await expect(openReader(file)).rejects.toMatchObject({ code })
  })

  test('that is a folder, or a log in files, is refused with what to name or call', async () => {
    const folder = join(dirname(freshFile()), 'log')
    mkdirSync(folder)
    await expect(openReader(folder)).rejects.toThrow(/is a folder; name a file in it/)
    writeFileSync(join(folder, 'manifest.jsonl'), '')
    for (const open of [openReader(folder), sqliteJournal({ file: folder })]) {
      await expect(open).rejects.toThrow(/is a log in files; open it with fileJournal/)
    }
  })

  test('at a path that cannot be written is refused with the path', async () => {
    const blocked = join(dirname(freshFile()), 'file')
    writeFileSync(blocked, '')
    const file = join(blocked, 'audit.db')
    await expect(sqliteJournal({ file })).rejects.toMatchObject({
      code: 'journal_unavailable',
      message: expect.stringContaining(file)
    })
    mkdirSync(`${blocked}-folder`)
    chmodSync(`${blocked}-folder`, 0o500)
  })

  test.each([
    [{ file: '' }, /file must be the path/],
    [{ file: 'x', durability: 'forever' }, /durability must be one of memory, process, disk$/],
    [{ file: 'x', durability: 'record' }, /process now gives what record gave, so use 'process'/],
    [{ file: 'x', durabilty: 'disk' }, /no option durabilty; did you mean durability/],
    [{ file: 'x', key: 'x.key' }, /key must be \{ file \}, \{ env \} or a signer/],
    [{ file: 'x', key: {} }, /key must be/],
    [{ file: 'x', anchors: [{ name: 'a' }] }, /anchors must be a list of anchors/]
  ])('options %j are refused', async (options, message) => {
    await expect(sqliteJournal(options as never)).rejects.toThrow(message)
  })
})

describe('guard rails', () => {
  test.each([
    `UPDATE records SET header = 'x'`,
    'DELETE FROM records',
    `INSERT OR REPLACE INTO records (idx, audit_id, stage, header) SELECT idx, audit_id, stage, 'x' FROM records`,
    `INSERT OR REPLACE INTO records (idx, audit_id, stage, header) SELECT idx + 100, audit_id, stage, 'x' FROM records`,
    `UPDATE contents SET body = 'x'`,
    'DELETE FROM contents',
    `INSERT OR REPLACE INTO contents (id, name, type, salt, body, list) SELECT id, name, type, salt, 'x', list FROM contents`
  ])('%s is stopped', async (sql) => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.record({ ...chat, input: 'a' }, async () => 1)
    await log.close()
    const database = openDatabase(file)
    expect(() => database.exec(sql)).toThrow('the audit log is append-only')
    database.close()
  })
})

describe('faults', () => {
  test('a full disk: the host goes on, and all is stored once there is room', async () => {
    const file = freshFile()
    const { log, problems } = await openLog({ file })
    await log.record(chat, async () => 1)
    await log.flush()
    const outside = openDatabase(file)
    outside.exec(
      `CREATE TRIGGER full BEFORE INSERT ON contents BEGIN SELECT RAISE(ABORT, 'disk full'); END`
    )
    for (let index = 0; index < 5; index++) {
      expect(await log.record({ ...chat, input: index }, async () => index)).toBe(index)
    }
    await expect(log.flush()).rejects.toMatchObject({ code: 'journal_failed' })
    outside.exec('DROP TRIGGER full')
    outside.close()
    await log.close()
    expect(problems[0]?.message).toMatch(/disk full/)
    expect(problems.some(({ message }) => message.includes('lost'))).toBe(false)
    expect(await stagesIn(file)).toEqual({ complete: 6 })
  })

  test('a record that SQLite can never take is refused as such, with its batch', async () => {
    await using journal = await sqliteJournal({ file: freshFile() })
    const odd = { name: 'input', type: 7n as never, body: 'odd' }
    const batch = [
      pendingEvent('annotation', {}),
      { ...pendingEvent('annotation', {}), contents: [odd] }
    ]
    await expect(journal.append(batch)).rejects.toMatchObject({ code: 'bad_record' })
    expect(await journal.size()).toBe(1)
  })

  test('a batch sent again is stored once', async () => {
    await using journal = await sqliteJournal({ file: freshFile() })
    const batch = [pendingEvent('annotation', { n: 1 }), pendingEvent('annotation', { n: 2 })]
    await journal.append(batch)
    await journal.append(batch.map((one) => ({ ...one, retried: true })))
    expect(await journal.size()).toBe(1 + 2)
    await expect(journal.append(batch)).rejects.toMatchObject({ code: 'journal_failed' })
    expect(await journal.size()).toBe(1 + 2)
  })

  test('append after close is refused', async () => {
    const journal = await sqliteJournal({ file: freshFile() })
    await journal[Symbol.asyncDispose]()
    await expect(journal.append([])).rejects.toMatchObject({ code: 'closed' })
  })
})

function otherDatabase(): Buffer {
  const file = freshFile()
  const database = openDatabase(file)
  database.exec('CREATE TABLE cats (name TEXT)')
  database.close()
  return readFileSync(file)
}
