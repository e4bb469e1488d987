import { copyFileSync, rmSync } from 'node:fs'
import { newPrivateKey, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  parseCheckpoint,
  parseTrustPolicy,
  signNote
} from '@slm-audit/core/tlog'
import { openReader, rotateKeyFile } from '@slm-audit/sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/driver/database.ts'
import { openDatabase } from '../../src/driver/driver.ts'
import { growTree } from '../../src/store/tree.ts'
import { chat, freshFile, openLog } from '../support.ts'
import { attack, makeLog, verify } from './attack-support.ts'

let original = ''
let kept = ''

beforeAll(async () => {
  original = freshFile()
  kept = await makeLog(original)
})

const swapRecords = (left: number, right: number) => `
  UPDATE records SET idx = 900 WHERE idx = ${left};
  UPDATE records SET idx = ${left} WHERE idx = ${right};
  UPDATE records SET idx = ${right} WHERE idx = 900;`

describe('somebody who can write the file', () => {
  test.each([
    [
      'a header changed',
      `UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 3`,
      'changed',
      3
    ],
    [
      'a header of another record',
      'UPDATE records SET header = (SELECT header FROM records WHERE idx = 1) WHERE idx = 0',
      'moved',
      0
    ],
    ['two records swapped', swapRecords(2, 5), 'moved', 2],
    ['one dropped from the middle', 'DELETE FROM records WHERE idx = 4', 'missing', 4],
    ['the last three dropped', 'DELETE FROM records WHERE idx > 5', 'truncated tail', 6],
    [
      'a content changed',
      `UPDATE contents SET body = CAST('tampered' AS BLOB) WHERE id = 3 * 64`,
      'content mismatch',
      3
    ],
    ['a content dropped', 'DELETE FROM contents WHERE id = 3 * 64', 'content missing', 3],
    [
      "a record's content swapped with another's",
      'UPDATE contents SET (salt, body) = (SELECT salt, body FROM contents WHERE id = 5 * 64) WHERE id = 3 * 64',
      'content mismatch',
      3
    ],
    ['a tile dropped', 'DELETE FROM tiles', 'missing', 0],
    ['the checkpoint of another size', 'UPDATE checkpoints SET size = 8', 'bad signature', 0]
  ])('%s', async (_what, sql, kind, index) => {
    const file = attack(original, (database) => database.exec(sql))
    expect((await verify(file)).flaw).toMatchObject({ kind, index })
  })

  test('the last k dropped from rows, tree and checkpoints: found by a checkpoint kept elsewhere', async () => {
    const file = attack(original, (database) => {
      database.exec(`DELETE FROM records WHERE idx > 6; DELETE FROM checkpoints; DELETE FROM tiles`)
      growTree(database)
    })
    expect((await verify(file)).outside).toBeUndefined()
    const { flaw } = await verify(file, { against: { checkpoint: kept } })
    expect(flaw).toMatchObject({ kind: 'truncated tail', index: 7 })
  })

  test('an old backup put back: found by a checkpoint kept elsewhere', async () => {
    const file = freshFile()
    await makeLog(file)
    const backup = attack(file, () => undefined)
    const { log } = await openLog({ file })
    await log.record(chat, async () => 'one more')
    await log.close()
    await using reader = await openReader(file)
    const later = (await reader.checkpoint()) ?? ''
    const report = await verify(backup, { against: { checkpoint: later } })
    expect(report.flaw).toMatchObject({ kind: 'truncated tail' })
    expect((await verify(file, { against: { checkpoint: later } })).outside).toEqual({
      by: 'checkpoint',
      size: 11
    })
  })

  test('the whole journal rebuilt with our own code and a new key', async () => {
    const file = freshFile()
    await makeLog(file)
    expect(await verify(file)).not.toHaveProperty('flaw')
    expect(await verify(file)).not.toHaveProperty('outside')
    const against = await verify(file, { against: { checkpoint: kept } })
    expect(against.flaw).toMatchObject({ kind: 'rewritten history' })
    const key = privateKeySigner(readKeyFile(`${original}.key`)).key
    const policy = parseTrustPolicy(`log ${formatVerifierKey(key)}\nquorum none`)
    expect((await verify(file, { against: { policy } })).flaw).toMatchObject({ kind: 'wrong key' })
    expect((await verify(original, { against: { policy } })).outside).toEqual({
      by: 'key',
      size: 9
    })
  })

  test('a middle rewritten with a valid-looking tree', async () => {
    const rewrite = (database: Database) => {
      database.exec(`UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 3`)
      database.exec('DELETE FROM tiles')
      growTree(database)
    }
    const unsigned = attack(original, rewrite)
    expect((await verify(unsigned)).flaw).toMatchObject({ kind: 'rewritten history', index: 0 })
    const signer = privateKeySigner(readKeyFile(`${original}.key`))
    const { root } = parseCheckpoint(await rootSigned(unsigned, signer))
    const text = formatCheckpoint({ origin: 'example.com/log', size: 9, root })
    const note = formatNote({ text, signatures: [await signNote(text, signer)] })
    const signed = attack(original, (database) => {
      rewrite(database)
      database.prepare('UPDATE checkpoints SET note = ?').run(note)
    })
    expect((await verify(signed)).flaw).toBeUndefined()
    const { flaw } = await verify(signed, { against: { checkpoint: kept } })
    expect(flaw).toMatchObject({ kind: 'rewritten history' })
  })

  test('old entries signed with the newest key', async () => {
    const file = freshFile()
    await makeLog(file)
    await rotateKeyFile(file, `${file}.key`)
    expect(await verify(file)).toMatchObject({ checked: 10, checkpoints: 2, unsigned: 0 })
    const newest = privateKeySigner(readKeyFile(`${file}.key`))
    await using reader = await openReader(file)
    const { root } = (await reader.verify()).flaw ? { root: new Uint8Array() } : headAt(file, 9)
    const text = formatCheckpoint({ origin: 'example.com/log', size: 9, root })
    const note = formatNote({ text, signatures: [await signNote(text, newest)] })
    const forged = attack(file, (database) => {
      database.prepare('UPDATE checkpoints SET note = ? WHERE size = 9').run(note)
    })
    expect((await verify(forged)).flaw).toMatchObject({ kind: 'wrong key', index: 0 })
  })

  test('a key that its predecessor did not sign for', async () => {
    const file = freshFile()
    await makeLog(file)
    await rotateKeyFile(file, `${file}.key`)
    const forged = attack(file, (database) => {
      database.exec('DELETE FROM checkpoints WHERE size = 10')
    })
    expect((await verify(forged)).flaw).toMatchObject({ kind: 'wrong key', index: 9 })
  })

  test('a checkpoint by a key that the log never had', async () => {
    const stranger = privateKeySigner(newPrivateKey('example.com/log'))
    const { text } = parseCheckpoint(kept).note
    const note = formatNote({ text, signatures: [await signNote(text, stranger)] })
    const file = attack(original, (database) =>
      database.prepare('UPDATE checkpoints SET note = ?').run(note)
    )
    expect((await verify(file)).flaw?.kind).toMatch(/signature|key/)
  })

  test('the clock set back by an hour is reported with the record', async () => {
    const file = freshFile()
    const first = await openLog({ file })
    await first.log.record(chat, async () => 1)
    await first.log.close()
    const now = Date.now
    Date.now = () => now() - 3_600_000
    const second = await openLog({ file })
    await second.log.record(chat, async () => 2)
    await second.log.close()
    Date.now = now
    const { clockSetBack, flaw } = await verify(file)
    expect(flaw).toBeUndefined()
    expect(clockSetBack?.index).toBe(3)
    expect(clockSetBack?.ms).toBeGreaterThan(3_590_000)
  })

  test('a log that was damaged at its end is not continued', async () => {
    const file = attack(original, (database) => {
      database.exec(`UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 8`)
    })
    copyFileSync(`${original}.key`, `${file}.key`)
    await expect(openLog({ file })).rejects.toMatchObject({
      code: 'journal_damaged',
      message: expect.stringMatching(/record 8 changed/)
    })
  })
})

describe('verification that goes on where it ended', () => {
  test('reads only what is new, and notices that what was old is another', async () => {
    const file = freshFile()
    const first = await makeLog(file)
    const { log } = await openLog({ file })
    await log.record(chat, async () => 'more')
    await log.close()
    const { size, root } = parseCheckpoint(first)
    const report = await verify(file, { since: { size, root } })
    expect(report).toMatchObject({ from: 9, checked: 2, unsigned: 0, checkpoints: 1 })
    const other = { size, root: root.map((byte) => byte ^ 1) }
    expect((await verify(file, { since: other })).flaw).toMatchObject({ kind: 'rewritten history' })
    rmSync(file)
  })
})

function headAt(file: string, size: number) {
  const database = openDatabase(file, { readonly: true })
  const note = database.prepare('SELECT note FROM checkpoints WHERE size = ?').pluck().get(size)
  database.close()
  return parseCheckpoint(String(note))
}

/** The root of a log as it stands, as its own key would sign it. */
async function rootSigned(file: string, signer: ReturnType<typeof privateKeySigner>) {
  const database = openDatabase(file)
  const { Writer } = await import('../../src/store/writer.ts')
  const { size, root } = new Writer(database, 'none').head()
  database.close()
  const text = formatCheckpoint({ origin: 'example.com/log', size, root })
  return formatNote({ text, signatures: [await signNote(text, signer)] })
}

test('a call that is read says whether its records are as they were sealed', async () => {
  const file = freshFile()
  await makeLog(file)
  const read = async (path: string) => {
    await using reader = await openReader(path)
    const { items } = await reader.query()
    return (await reader.get(items[0]?.auditId ?? ''))?.flaw
  }
  expect(await read(file)).toBeUndefined()
  const header = `UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 8`
  const body = `UPDATE contents SET body = CAST('forged' AS BLOB) WHERE id = 8 * 64`
  expect(await read(attack(file, (database) => database.exec(body)))).toMatchObject({
    index: 8,
    kind: 'content mismatch'
  })
  expect(await read(attack(file, (database) => database.exec(header)))).toMatchObject({
    index: 8,
    kind: 'changed'
  })
  const withTree = attack(file, (database) => {
    database.exec(`${header}; DELETE FROM tiles`)
    growTree(database)
  })
  expect(await read(withTree)).toMatchObject({ kind: 'rewritten history' })
})
