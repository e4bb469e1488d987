import { verifyLog } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { storedLog } from '../../src/store/stored-log.ts'
import { attack, makeLog, verify } from '../read/attack-support.ts'
import { chat, freshFile, openLog } from '../support.ts'

let original = ''

beforeAll(async () => {
  original = freshFile()
  await makeLog(original)
})

describe('every byte counts', () => {
  test('each byte of headers, contents, salts, nodes and checkpoints, flipped in turn, is found', async () => {
    const database = openDatabase(original, { readonly: true })
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
    const changed = attack(file, (database) => {
      database.exec(`UPDATE tiles SET hashes = zeroblob(32) WHERE id = 1`)
    })
    expect((await verify(changed)).flaw).toMatchObject({ kind: 'changed', index: 0 })
  })
})
