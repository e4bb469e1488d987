import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { openReader } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog, stagesIn } from '../support.ts'

async function found(file: string, text: string): Promise<number> {
  await using reader = await openReader(file)
  return (await reader.search(text)).items.length
}

/** A closed log of one call about a refund, with its index. */
async function closedLog(): Promise<string> {
  const file = freshFile()
  const { log } = await openLog({ file })
  await log.record({ ...chat, input: 'a refund, please' }, async () => 'in five days')
  await log.close()
  expect(existsSync(`${file}-index`)).toBe(true)
  return file
}

describe('the index file', () => {
  test.each<[what: string, (path: string) => void]>([
    ['deleted', (path) => rmSync(path)],
    ['cut', (path) => truncateSync(path, 5000)],
    ['emptied', (path) => truncateSync(path, 0)],
    [
      'no database',
      (path) => writeFileSync(path, 'no database at all, and long enough to be read')
    ],
    ['of another version', (path) => change(path, 'PRAGMA user_version = 99')],
    ['of another log', (path) => change(path, `UPDATE meta SET value = 'x' WHERE name = 'origin'`)],
    [
      'ahead of the log',
      (path) => change(path, `UPDATE meta SET value = 99 WHERE name = 'reached'`)
    ],
    ['without its texts', (path) => change(path, 'DROP TABLE texts')]
  ])('%s: calls are found and recorded all the same, and it is made anew', async (_, harm) => {
    const file = await closedLog()
    harm(`${file}-index`)
    expect(await found(file, 'refund')).toBe(1)
    expect(await stagesIn(file)).toEqual({ complete: 1 })
    const { log, problems } = await openLog({ file })
    await log.record({ ...chat, input: 'another refund' }, async () => 1)
    await log.close()
    expect(problems).toEqual([])
    expect(await found(file, 'refund')).toBe(2)
    const again = await openLog({ file })
    await again.log.close()
    const index = openDatabase(`${file}-index`, { readonly: true })
    expect(
      index.prepare(`SELECT count(*) FROM whole_calls WHERE kind = 'call'`).pluck().get()
    ).toBe(2)
    index.close()
  })

  test('deleted while the log is open is made anew, and readers go on', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.record({ ...chat, input: 'first' }, async () => 1)
    await log.close()
    const again = await openLog({ file })
    await using reader = await openReader(file)
    expect((await reader.search('first')).items).toHaveLength(1)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}-index${suffix}`, { force: true })
    await again.log.record({ ...chat, input: 'second' }, async () => 1)
    await again.log.flush()
    expect((await reader.search('first')).items).toHaveLength(1)
    expect((await reader.search('second')).items).toHaveLength(1)
    await again.log.close()
    expect(existsSync(`${file}-index`)).toBe(true)
  })

  test('that somebody else writes for seconds keeps no record waiting, and goes on behind them', async () => {
    const file = await closedLog()
    const other = openDatabase(`${file}-index`, { timeoutMs: 0 })
    other.exec('BEGIN IMMEDIATE')
    const { log, problems } = await openLog({ file })
    // As many as make an index step due at once.
    for (let each = 0; each < 300; each++)
      await log.record({ ...chat, input: 'more' }, async () => 1)
    await log.flush()
    await expect.poll(async () => await found(file, 'more'), { timeout: 20_000 }).toBeGreaterThan(0)
    const until = performance.now() + 1_500
    await expect.poll(() => performance.now(), { timeout: 5_000 }).toBeGreaterThan(until)
    other.exec('ROLLBACK')
    const reached = other.prepare("SELECT value FROM meta WHERE name = 'reached'").pluck()
    await expect.poll(() => Number(reached.get()), { timeout: 20_000 }).toBeGreaterThan(600)
    other.close()
    await log.close()
    expect(problems).toEqual([])
  })

  test('has a call that ends later once, with its end', async () => {
    const file = freshFile()
    const first = await openLog({ file })
    const call = first.log.open({ ...chat, input: 'asked early' })
    for (let at = 0; at < 600; at++) first.log.open(chat).complete({})
    await first.log.flush()
    await expect
      .poll(() => existsSync(`${file}-index`) && indexed(file), { timeout: 20_000 })
      .toBeGreaterThan(1000)
    call.complete({ output: 'answered late' })
    await first.log.flush()
    await using reader = await openReader(file)
    const of = async (text: string) =>
      (await reader.search(text)).items.map(({ stage, question, answer }) => [
        stage,
        question,
        answer
      ])
    const expected = [['complete', 'asked early', 'answered late']]
    expect(await of('early late')).toEqual(expected)
    expect((await reader.query({ stage: 'received' })).items).toEqual([])
    await first.log.close()
    expect(await of('early late')).toEqual(expected)
    expect((await reader.query({}, { limit: 1000 })).items).toHaveLength(601)
  })
})

describe('a database of schema 4', () => {
  const fixture = new URL('../fixtures/schema-4.db.gz', import.meta.url)

  function oldFile(): string {
    const file = freshFile()
    writeFileSync(file, gunzipSync(readFileSync(fixture)))
    return file
  }

  test('is read as it is', async () => {
    const file = oldFile()
    await using reader = await openReader(file)
    expect(await reader.verify()).toMatchObject({ size: 9, checked: 9, openCalls: 1 })
    expect((await reader.search('refund', { user: 'u-1' })).items).toHaveLength(1)
    expect((await reader.search('タワー')).items).toHaveLength(1)
    expect((await reader.query({ errorType: 'Error' })).items).toHaveLength(1)
    expect(await reader.keys()).toHaveLength(1)
  })

  test('is opened with every leaf, checkpoint and proof, and moves to the new form', async () => {
    const file = oldFile()
    const key = readFileSync(new URL('../fixtures/schema-4.key', import.meta.url))
    writeFileSync(`${file}.key`, key, { mode: 0o600 })
    const before = await snapshot(file)
    const { log, problems } = await openLog({ file })
    await log.record({ ...chat, input: 'a new one' }, async () => 1)
    await log.flush()
    await expect.poll(() => tablesOf(file)).not.toContain('calls')
    await log.close()
    // Nobody had signed it, and there is no sign of a process that died: the log says so.
    expect(problems.map(({ code }) => code)).toEqual(['history_rewritten'])
    const after = await snapshot(file)
    expect(after.headers.slice(0, 9)).toEqual(before.headers)
    expect(after.checkpoints).toEqual(expect.arrayContaining(before.checkpoints))
    expect(tablesOf(file)).not.toContain('texts')
    expect(await stagesIn(file)).toEqual({ complete: 3, error: 1, abandoned: 1 })
    await using reader = await openReader(file)
    const report = await reader.verify()
    expect(report).toMatchObject({ size: 13, checked: 13, openCalls: 0, unsigned: 0 })
    expect((await reader.search('refund')).items).toHaveLength(1)
  })
})

async function snapshot(file: string) {
  const database = openDatabase(file, { readonly: true })
  const headers = database.prepare('SELECT header FROM records ORDER BY idx').pluck().all()
  const checkpoints = database.prepare('SELECT note FROM checkpoints').pluck().all()
  database.close()
  return { headers, checkpoints }
}

function tablesOf(file: string): unknown[] {
  const database = openDatabase(file, { readonly: true })
  const names = database.prepare('SELECT name FROM sqlite_schema').pluck().all()
  database.close()
  return names
}

function indexed(file: string): number {
  const index = openDatabase(`${file}-index`, { readonly: true })
  const reached = index.prepare(`SELECT value FROM meta WHERE name = 'reached'`).pluck().get()
  index.close()
  return Number(reached)
}

function change(path: string, sql: string): void {
  const database = openDatabase(path)
  database.exec(sql)
  database.close()
}
