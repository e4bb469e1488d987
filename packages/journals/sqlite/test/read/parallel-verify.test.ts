import { pendingEvent, verifyLog } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { rangeReader } from '../../src/read/range-rows.ts'
import { readSealed } from '../../src/store/sealed-rows.ts'
import { storedLog } from '../../src/store/stored-log.ts'
import { freshFile } from '../support.ts'
import { attack, verify } from './attack-support.ts'

/** More than what is checked on one thread, and no multiple of a tile. */
const SIZE = 33_001
let original = ''

beforeAll(async () => {
  original = freshFile()
  const journal = await sqliteJournal({ file: original, durability: 'memory' })
  for (let at = 1; at < SIZE; at += 1000) {
    const pending = Array.from({ length: 1000 }, (_, place) => ({
      ...pendingEvent(place === 5 ? 'gap' : 'test', { records: 1 }),
      contents: [{ name: 'input', type: 'text/plain', body: `é ${place}` }]
    }))
    await journal.append(pending)
  }
  await journal[Symbol.asyncDispose]()
})

describe('a log that is large enough to be checked on several threads', () => {
  test('has the report that one thread makes', async () => {
    const seen: number[] = []
    const report = await verify(original, { onProgress: (checked) => seen.push(checked) })
    expect(report).toMatchObject({ size: SIZE, checked: SIZE, lostRecords: 33, unsigned: 0 })
    expect(seen.at(-1)).toBe(SIZE)
    expect(seen).toEqual(seen.toSorted((left, right) => left - right))
    const database = openDatabase(original, { readonly: true })
    expect(await verifyLog(storedLog(database), {}, nodeSha256)).toEqual(report)
    database.close()
  })

  test.each([
    ['UPDATE records SET header = replace(header, "test", "tesu") WHERE idx = 20000', 'changed'],
    ['DELETE FROM records WHERE idx = 20000', 'missing'],
    ['UPDATE contents SET salt = salt || x"00" WHERE id = 20000 * 64', 'content mismatch']
  ])('%s is found at its index', async (sql, kind) => {
    const file = attack(original, (database) => database.exec(sql.replaceAll('"', "'")))
    const { flaw, checked } = await verify(file)
    expect(flaw).toMatchObject({ kind, index: 20_000 })
    expect(checked).toBeLessThanOrEqual(20_000)
  })

  test('a content whose body is gone, and no record of an erasure says so, is found', async () => {
    const file = attack(original, (database) =>
      database.exec('UPDATE contents SET body = NULL WHERE id = 20000 * 64')
    )
    const report = await verify(file)
    expect(report).toMatchObject({ checked: SIZE, absentContents: 1, unexplained: 1 })
    expect(report.flaw).toMatchObject({ index: 20_000, kind: 'content missing' })
  })

  test('goes on from where it was verified last', async () => {
    await using reader = await openReader(original)
    expect(await reader.verify({ since: { size: 100 } })).toMatchObject({
      from: 100,
      checked: SIZE - 100
    })
  })
})

test('records that are read in pages are those that are read one by one', async () => {
  const file = freshFile()
  const journal = await sqliteJournal({ file, durability: 'memory' })
  const bodies = ['', 'é', 'x'.repeat(4096), 'x'.repeat(4097), Uint8Array.of(0, 255, 0), 'gone']
  const pending = Array.from({ length: 600 }, (_, at) => ({
    ...pendingEvent('test', { at }),
    contents: bodies
      .map((body, nr) => ({ name: `content ${nr}`, type: `type/${nr}`, body }))
      .slice(at % 7, (at % 11) + 1)
  }))
  await journal.append(pending)
  await journal[Symbol.asyncDispose]()
  const changed = attack(file, (database) => {
    database.exec(`UPDATE contents SET body = NULL WHERE name = 'content 5';
      UPDATE contents SET salt = x'00' WHERE name = 'content 1' AND id / 64 % 50 = 3;
      DELETE FROM contents WHERE name = 'content 2' AND id / 64 % 50 = 4;
      DELETE FROM records WHERE idx IN (300, 512)`)
  })
  const database = openDatabase(changed, { readonly: true })
  database.exec('BEGIN')
  const expected = [...readSealed(database)]
  expect([...rangeReader(database)(0, 601)]).toEqual(expected)
  expect([...rangeReader(database)(200, 513)]).toEqual(
    expected.filter(({ index }) => index >= 200 && index < 513)
  )
  database.close()
})
