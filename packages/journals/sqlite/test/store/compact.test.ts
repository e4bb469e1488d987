import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  applyRetention,
  checkIndex,
  compactDatabase,
  eraseContents,
  newDatabaseKey,
  openReader,
  reindex,
  rotateContentsKeyFile
} from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { BackgroundCompaction } from '../../src/store/cold/background-compaction.ts'
import { openForWriting } from '../../src/store/open-database.ts'
import { callsIn, request, rowsIn, turnsOf, verdictOn } from '../conversations.ts'
import { filesWith, fresh, talk } from '../encryption/contents-support.ts'
import { withFault } from '../encryption/failing-writes.ts'
import { freshFile, openLog, runProgram } from '../support.ts'
import {
  allCalls,
  allIn,
  bytesIn,
  bytesOf,
  changed,
  copyOf,
  encryptedIn,
  signingOf,
  triggersIn,
  variedLog
} from './compact-support.ts'

const ALL = { coldAfter: '0d' }

const FIXTURES = new URL('../fixtures/', import.meta.url)

let original = ''

beforeAll(async () => {
  original = await variedLog()
}, 60_000)

async function compacted(): Promise<string> {
  const file = copyOf(original)
  await compactDatabase(file, ALL)
  return file
}

describe('a log that was compressed', { timeout: 60_000 }, () => {
  test('is smaller, says the same to the byte, and verifies', async () => {
    const file = copyOf(original)
    const before = [allIn(file), await callsIn(file)]
    const report = await compactDatabase(file, ALL)
    expect(report.records).toBeGreaterThan(300)
    expect(report.contents).toBeGreaterThan(200)
    expect(report.packed * 3).toBeLessThan(report.bytes)
    expect(statSync(file).size * 1.5).toBeLessThan(statSync(original).size)
    expect([allIn(file), await callsIn(file)]).toEqual(before)
    expect(await verdictOn(file)).toEqual(await verdictOn(original))
    expect(bytesIn(file, 'records', 'header') * 20).toBeLessThan(
      bytesIn(original, 'records', 'header')
    )
    // The rest waits for more of it.
    expect(await compactDatabase(file, ALL)).toMatchObject({ records: 0, contents: 0 })
  })

  test('is searched, indexed anew, proved and annotated as before', async () => {
    const file = await compacted()
    await reindex(file)
    expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
    await using reader = await openReader(file)
    const found = await reader.search('oldwords')
    expect(found.items.length).toBeGreaterThan(20)
    const [first] = await callsIn(file)
    const auditId = first?.auditId ?? ''
    expect(first?.annotations).toHaveLength(1)
    await using before = await openReader(original)
    expect(await reader.prove(auditId)).toEqual(await before.prove(auditId))
  })

  test('goes on: a conversation refers to the parts that it has', async () => {
    const file = freshFile()
    const { log, problems } = await openLog({ file })
    const say = (input: unknown) =>
      log.withContext({ session: 's' }, () =>
        log.record({ ...request, input }, async () => 'answer')
      )
    const turns = turnsOf(40)
    for (const input of turns.slice(0, 30)) await say(input)
    await log.flush()
    await compactDatabase(file, ALL)
    for (const input of turns.slice(30)) await say(input)
    await log.close()
    expect(problems).toEqual([])
    // The system's message, and a question and an answer a turn but the last.
    expect(rowsIn(file, 'parts')).toBe(80)
    expect((await callsIn(file)).map(({ contents }) => contents.input)).toEqual(turns)
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })

  test('is erased from person by person: nothing is left of one, all of the others', async () => {
    const file = await compacted()
    const about = { reason: 'asked for', by: 'officer', ...signingOf(file) }
    expect(bytesOf(file)).toContain('alice user')
    const report = await eraseContents(file, { scope: { user: 'alice' }, ...about })
    // What was annotated of one of them, too.
    expect(report.records).toBe(61)
    const left = bytesOf(file)
    expect(left).not.toMatch(/alice (user|answer|system)/)
    expect(left).not.toContain('aliceanswer')
    const verdict = await verdictOn(file)
    expect(verdict).toMatchObject({ absentContents: 60, unexplained: 0, strays: 0 })
    expect(verdict.flaw).toBeUndefined()
    const others = async (of: string) =>
      (await callsIn(of)).filter(({ record }) => record.context?.user !== 'alice')
    expect(await others(file)).toEqual(await others(original))
  })

  test('is aged: contents, then whole records, out of blocks and with them', async () => {
    const file = await compacted()
    const days = 86_400_000
    const now = (after: number) => ({ now: new Date(Date.now() + after * days) })
    await applyRetention(file, { ...now(200), ...signingOf(file) })
    expect(bytesOf(file)).not.toMatch(/oldwords|alice user|large large/)
    expect((await verdictOn(file)).flaw).toBeUndefined()
    expect(bytesIn(file, 'blocks', 'bytes')).toBeGreaterThan(0)
    await applyRetention(file, { ...now(400), ...signingOf(file) })
    const verdict = await verdictOn(file)
    expect(verdict.flaw).toBeUndefined()
    expect(verdict.pruned).toBeGreaterThan(200)
    expect(verdict.strays).toBe(0)
    expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
  })

  test.each([
    ['a block is gone', 'DELETE FROM blocks WHERE id = 1'],
    ['a block is damaged', "UPDATE blocks SET bytes = x'00' WHERE id = 1"],
    [
      'a block is another',
      'UPDATE blocks SET bytes = (SELECT bytes FROM blocks WHERE id = 2) WHERE id = 1'
    ],
    ['a record names another block', 'UPDATE records SET block = 99 WHERE idx = 5'],
    [
      'a content names the block of others',
      "UPDATE contents SET block = (SELECT max(id) FROM blocks WHERE of = 'parts') WHERE block > 0"
    ],
    ['contents have no block', 'UPDATE contents SET block = NULL'],
    [
      'an event is said to be in a block',
      "UPDATE records SET header = '', block = 1 WHERE stage = 'event'"
    ]
  ])('is found out where %s', async (_, sql) => {
    const file = await compacted()
    changed(file, sql)
    expect((await verdictOn(file)).flaw).toBeDefined()
  })

  test('tells of values in blocks that no row has', async () => {
    const file = await compacted()
    expect((await verdictOn(file)).strays).toBe(0)
    changed(
      file,
      'INSERT INTO blocks (id, of, rows, bytes) SELECT 999, of, rows, bytes FROM blocks WHERE id = 1'
    )
    expect((await verdictOn(file)).strays).toBeGreaterThan(10)
  })

  test('keeps its blocks from everybody else', async () => {
    const database = new Database(await compacted())
    for (const sql of ["UPDATE blocks SET bytes = x''", 'DELETE FROM blocks']) {
      expect(() => database.exec(sql)).toThrow('the audit log is append-only')
    }
    database.close()
  })
})

describe('compressing', { timeout: 120_000 }, () => {
  test('leaves what is younger, and changes nothing in a dry run', async () => {
    const file = copyOf(original)
    const dry = await compactDatabase(file, { ...ALL, dryRun: true })
    expect(rowsIn(file, 'blocks')).toBe(0)
    expect(await compactDatabase(file)).toEqual({ records: 0, contents: 0, bytes: 0, packed: 0 })
    expect(await compactDatabase(file, ALL)).toEqual(dry)
    for (const coldAfter of ['30', 'P30D', '-1d', '']) {
      await expect(compactDatabase(file, { coldAfter })).rejects.toMatchObject({
        code: 'bad_option'
      })
    }
  })

  test('stores all of a step or nothing, whichever write fails', async () => {
    const before = allIn(original)
    const { writes } = await withFault(0, 'fails', () => compactDatabase(copyOf(original), ALL))
    expect(writes).toBeGreaterThan(900)
    for (let place = 1; place <= writes; place += place < 5 ? 1 : 373) {
      const file = copyOf(original)
      const { thrown } = await withFault(place, 'is done and then fails', () =>
        compactDatabase(file, ALL)
      )
      expect(thrown, `write ${place}`).toBeDefined()
      expect(allIn(file), `write ${place}`).toEqual(before)
      await compactDatabase(file, ALL)
      expect(allIn(file), `write ${place}`).toEqual(before)
    }
  })

  test.each(['DELETE FROM main.contents', 'CREATE TRIGGER main.parts', 'incremental_vacuum'])(
    'that is killed before %s leaves the log whole',
    async (pattern) => {
      const file = copyOf(original)
      expect((await runProgram('killed-compaction', file, pattern)).signal).toBe('SIGKILL')
      expect(allIn(file)).toEqual(allIn(original))
      expect((await verdictOn(file)).flaw).toBeUndefined()
      await compactDatabase(file, ALL)
      expect(allIn(file)).toEqual(allIn(original))
      expect(triggersIn(file)).toEqual(triggersIn(original))
    }
  )

  test('goes on beside an application that writes', async () => {
    const file = copyOf(original)
    const database = openForWriting(file, 'process', '')
    const problems: unknown[] = []
    const background = new BackgroundCompaction(database, 0, (problem) => problems.push(problem), {
      firstMs: 0
    })
    const { log, problems: told } = await openLog({ file, coldAfter: false })
    for (let each = 0; each < 40; each++) {
      await log.record({ ...request, input: `meanwhile ${each}` }, async () => 'answer')
      await log.flush()
    }
    await expect.poll(() => rowsIn(file, 'blocks'), { timeout: 20_000 }).toBeGreaterThan(3)
    await log.close()
    background.stop()
    database.close()
    expect([...problems, ...told]).toEqual([])
    expect(allIn(file).slice(0, allIn(original).length)).toEqual(allIn(original))
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })

  test('a log of an earlier version is brought along, and who has it open reads on', async () => {
    const file = freshFile()
    writeFileSync(file, gunzipSync(readFileSync(new URL('schema-4.db.gz', FIXTURES))))
    copyFileSync(new URL('schema-4.key', FIXTURES), `${file}.key`)
    const before = allIn(file)
    await using reader = await openReader(file)
    const verdict = await reader.verify()
    await expect(compactDatabase(file, { ...ALL, dryRun: true })).rejects.toMatchObject({
      code: 'journal_unavailable'
    })
    expect((await compactDatabase(file, ALL)).records).toBeGreaterThan(0)
    expect(allIn(file)).toEqual(before)
    expect(await reader.verify()).toEqual(verdict)
    const { items } = await reader.query({}, { limit: 1_000 })
    const inputs = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    expect(inputs).toEqual((await allCalls(file)).reverse())
  })

  test('with Node’s own driver reads the same', async () => {
    const file = await compacted()
    const driven = await runProgram('print-calls', file)
    expect(driven.output).toBe(JSON.stringify(await allCalls(file)))
  })

  test('in an encrypted database leaves nothing that is plain', async () => {
    const file = freshFile()
    const keyFile = `${file}.database-key`
    newDatabaseKey(keyFile)
    const encryption = { key: { file: keyFile } }
    const { log } = await openLog({ file, encryption })
    for (let each = 0; each < 30; each++) {
      await log.record({ ...request, input: `plainwords ${each}` }, async () => 'answer')
    }
    await log.close()
    const before = await allCalls(file)
    expect(await compactDatabase(file, ALL)).toMatchObject({ records: 60 })
    expect(await allCalls(file)).toEqual(before)
    expect(await filesWith(file, 'plainwords')).toEqual([])
    expect((await verdictOn(file)).flaw).toBeUndefined()
  })

  test('leaves contents as they are that are encrypted by subject, and their keys are rotated', async () => {
    const { file, contents } = fresh()
    for (const user of ['u-7', 'u-8']) await talk(file, contents, user, 20)
    const stored = () => encryptedIn(file)
    const before = stored()
    expect((await compactDatabase(file, ALL)).records).toBe(80)
    expect(stored()).toEqual(before)
    await rotateContentsKeyFile(file, contents.keys.file, signingOf(file))
    await eraseContents(file, { scope: { user: 'u-7' }, reason: 'r', by: 'b', ...signingOf(file) })
    await using reader = await openReader(file, { encryption: { contents } })
    const { items } = await reader.query({ user: 'u-8' })
    const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    expect(JSON.stringify(calls.at(-1)?.contents)).toContain('u-8 in turn 0')
    expect(await reader.verify()).toMatchObject({ encryptedContents: 0, unexplained: 0 })
  })
})
