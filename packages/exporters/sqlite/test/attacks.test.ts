import { copyFileSync, rmSync } from 'node:fs'
import { type VerifyOptions, verifyLog } from '@slm-audit/core'
import { newPrivateKey, nodeSha256, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  parseCheckpoint,
  parsePolicy,
  signNote
} from '@slm-audit/core/tlog'
import { openReader, rotateKeyFile } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { storedLog } from '../src/stored-log.ts'
import { growTree } from '../src/tree.ts'
import { chat, freshFile, openLog } from './support.ts'

const CALLS = 4
let original = ''
let kept = ''

/** A log of one key record and eight records of calls, signed as a whole. */
async function makeLog(file: string, origin = 'example.com/log'): Promise<string> {
  const { log } = await openLog({ file, origin })
  for (let call = 0; call < CALLS; call++) {
    await log.record({ ...chat, input: `question ${call}` }, async () => `answer ${call}`)
  }
  await log.close()
  await using reader = await openReader(file)
  return (await reader.checkpoint()) ?? ''
}

beforeAll(async () => {
  original = freshFile()
  kept = await makeLog(original)
})

/** A copy of the log in the hands of somebody who can write the file and drops every guard. */
function attack(run: (database: Database.Database) => void, from = original): string {
  const file = freshFile()
  copyFileSync(from, file)
  const database = new Database(file)
  const triggers = `SELECT name FROM sqlite_schema WHERE type = 'trigger'`
  for (const name of database.prepare(triggers).pluck().all()) database.exec(`DROP TRIGGER ${name}`)
  run(database)
  database.close()
  return file
}

async function verify(file: string, options: VerifyOptions = {}) {
  await using reader = await openReader(file)
  return await reader.verify(options)
}

describe('every byte counts', () => {
  test('each byte of headers, contents, salts, nodes and checkpoints, flipped in turn, is found', async () => {
    const database = new Database(original, { readonly: true })
    const log = storedLog(database)
    const records = [...log.records(0)]
    const checkpoints = [...log.checkpoints()]
    const tile = log.readTile({ level: 0, n: 0 })
    const check = async (changes: Partial<typeof log>) =>
      (await verifyLog({ ...log, records: () => records, ...changes }, {}, nodeSha256)).flaw
    expect(await check({})).toBeUndefined()
    const flips = function* (bytes: Uint8Array) {
      for (let at = 0; at < bytes.length; at++) {
        yield Uint8Array.from(bytes, (byte, place) => (place === at ? byte ^ 1 : byte))
      }
    }
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
    let flipped = 0
    for (const [at, record] of records.entries()) {
      const found = async (changed: typeof record) => {
        flipped++
        const all = records.with(at, changed)
        expect((await check({ records: () => all }))?.index).toBe(at)
      }
      for (const header of flips(Buffer.from(record.header))) {
        await found({ ...record, header: text(header) })
      }
      for (const [which, content] of record.contents.entries()) {
        const swap = (next: typeof content) =>
          found({ ...record, contents: record.contents.with(which, next) })
        for (const body of flips(content.body ?? new Uint8Array())) await swap({ ...content, body })
        for (const salt of flips(content.salt)) await swap({ ...content, salt })
        for (const name of flips(Buffer.from(content.name)))
          await swap({ ...content, name: text(name) })
        for (const type of flips(Buffer.from(content.type)))
          await swap({ ...content, type: text(type) })
      }
    }
    for (const hashes of flips(tile)) {
      flipped++
      const leaf = (index: number) => hashes.subarray(index * 32, index * 32 + 32)
      const all = records.map((record) => ({ ...record, leafHash: leaf(record.index) }))
      const at = hashes.findIndex((byte, place) => byte !== tile[place])
      expect(
        (
          await check({
            readTile: (t) => (t.level + t.n > 0 ? new Uint8Array() : hashes),
            records: () => all
          })
        )?.index
      ).toBe(Math.floor(at / 32))
    }
    for (const [at, checkpoint] of checkpoints.entries()) {
      for (const bytes of flips(Buffer.from(checkpoint.note))) {
        flipped++
        const note = Buffer.from(bytes).toString('utf8')
        const changed = checkpoints.with(at, { ...checkpoint, note })
        expect((await check({ checkpoints: () => changed }))?.kind, note).toMatch(/signature|key/)
      }
    }
    expect(flipped).toBeGreaterThan(3000)
    database.close()
  })

  test('a node above full tiles that was changed is found', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    for (let call = 0; call < 150; call++) await log.record(chat, async () => call)
    await log.close()
    expect((await verify(file)).flaw).toBeUndefined()
    const changed = attack((database) => {
      database.exec(`UPDATE tiles SET hashes = zeroblob(32) WHERE id = 1`)
    }, file)
    expect((await verify(changed)).flaw).toMatchObject({ kind: 'changed', index: 0 })
  })
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
    const file = attack((database) => database.exec(sql))
    expect((await verify(file)).flaw).toMatchObject({ kind, index })
  })

  test('the last k dropped from rows, tree and checkpoints: found by a checkpoint kept elsewhere', async () => {
    const file = attack((database) => {
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
    const backup = attack(() => undefined, file)
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
    const policy = parsePolicy(`log ${formatVerifierKey(key)}\nquorum none`)
    expect((await verify(file, { against: { policy } })).flaw).toMatchObject({ kind: 'wrong key' })
    expect((await verify(original, { against: { policy } })).outside).toEqual({
      by: 'key',
      size: 9
    })
  })

  test('a middle rewritten with a valid-looking tree', async () => {
    const rewrite = (database: Database.Database) => {
      database.exec(`UPDATE records SET header = replace(header, '"chat"', '"chap"') WHERE idx = 3`)
      database.exec('DELETE FROM tiles')
      growTree(database)
    }
    const unsigned = attack(rewrite)
    expect((await verify(unsigned)).flaw).toMatchObject({ kind: 'rewritten history', index: 0 })
    const signer = privateKeySigner(readKeyFile(`${original}.key`))
    const { root } = parseCheckpoint(await rootSigned(unsigned, signer))
    const text = formatCheckpoint({ origin: 'example.com/log', size: 9, root })
    const note = formatNote({ text, signatures: [await signNote(text, signer)] })
    const signed = attack((database) => {
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
    const forged = attack((database) => {
      database.prepare('UPDATE checkpoints SET note = ? WHERE size = 9').run(note)
    }, file)
    expect((await verify(forged)).flaw).toMatchObject({ kind: 'wrong key', index: 0 })
  })

  test('a key that its predecessor did not sign for', async () => {
    const file = freshFile()
    await makeLog(file)
    await rotateKeyFile(file, `${file}.key`)
    const forged = attack((database) => {
      database.exec('DELETE FROM checkpoints WHERE size = 10')
    }, file)
    expect((await verify(forged)).flaw).toMatchObject({ kind: 'wrong key', index: 9 })
  })

  test('a checkpoint by a key that the log never had', async () => {
    const stranger = privateKeySigner(newPrivateKey('example.com/log'))
    const { text } = parseCheckpoint(kept).note
    const note = formatNote({ text, signatures: [await signNote(text, stranger)] })
    const file = attack((database) => database.prepare('UPDATE checkpoints SET note = ?').run(note))
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
    const file = attack((database) => {
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
  const database = new Database(file, { readonly: true })
  const note = database.prepare('SELECT note FROM checkpoints WHERE size = ?').pluck().get(size)
  database.close()
  return parseCheckpoint(String(note))
}

/** The root of a log as it stands, as its own key would sign it. */
async function rootSigned(file: string, signer: ReturnType<typeof privateKeySigner>) {
  const database = new Database(file)
  const { Writer } = await import('../src/writer.ts')
  const { size, root } = new Writer(database, 'none').head()
  database.close()
  const text = formatCheckpoint({ origin: 'example.com/log', size, root })
  return formatNote({ text, signatures: [await signNote(text, signer)] })
}
