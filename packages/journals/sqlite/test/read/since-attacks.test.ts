import { newPrivateKey, privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import {
  Frontier,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  leafHash,
  parseCheckpoint,
  signNote
} from '@slm-audit/core/tlog'
import { openReader, rotateKeyFile } from '@slm-audit/sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/driver/database.ts'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog } from '../support.ts'
import { attack, verify } from './attack-support.ts'

const ORIGIN = 'example.com/log'
const FORKED = 400
let original = ''
let kept = ''

async function addCalls(file: string, count: number): Promise<string> {
  const { log } = await openLog({ file, origin: ORIGIN })
  for (let call = 0; call < count; call++) await log.record(chat, async () => call)
  await log.close()
  await using reader = await openReader(file)
  return (await reader.checkpoint()) ?? ''
}

const FIRST_TILE = 0
const SECOND_TILE = 8

/** Changes the first leaves of a tile, and nothing above them. */
function setLeaves(database: Database, id: number, leaves: readonly Uint8Array[]): void {
  const hashes = database.prepare('SELECT hashes FROM tiles WHERE id = ?').pluck().get(id) as Buffer
  leaves.forEach((leaf, at) => {
    hashes.set(leaf, at * 32)
  })
  database.prepare('UPDATE tiles SET hashes = ? WHERE id = ?').run(hashes, id)
}

beforeAll(async () => {
  original = freshFile()
  kept = await addCalls(original, 280)
  await addCalls(original, 1)
})

describe('somebody who knows that old records are not read again', () => {
  const since = () => parseCheckpoint(kept)

  test('nothing was changed: only what is new is read', async () => {
    expect(await verify(original, { since: since() })).toMatchObject({ from: 561, checked: 2 })
  })

  test('cannot put another key into an old record', async () => {
    const key = formatVerifierKey(privateKeySigner(newPrivateKey(ORIGIN)).key)
    const file = attack(original, (database) => {
      const select = database.prepare('SELECT header FROM records WHERE idx = 0').pluck()
      const header = String(select.get()).replace(/"key":"[^"]+"/, `"key":"${key}"`)
      database.prepare('UPDATE records SET header = ? WHERE idx = 0').run(header)
      setLeaves(database, FIRST_TILE, [leafHash(Buffer.from(header))])
    })
    const { flaw } = await verify(file, { since: since() })
    expect(flaw).toMatchObject({ kind: 'changed', index: 0 })
  })

  test('cannot hide that the key was changed', async () => {
    const file = freshFile()
    await addCalls(file, 1)
    await rotateKeyFile(file, `${file}.key`)
    await using reader = await openReader(file)
    const note = parseCheckpoint((await reader.checkpoint()) ?? '')
    expect(await verify(file, { since: note })).not.toHaveProperty('flaw')
    const hidden = attack(file, (database) =>
      database.exec(`UPDATE records SET stage = 'test' WHERE stage = 'event' AND idx > 0`)
    )
    expect((await verify(hidden, { since: note })).flaw?.kind).toBe('wrong key')
  })

  test('cannot show the fork that somebody else has a checkpoint of', async () => {
    const signer = privateKeySigner(readKeyFile(`${original}.key`))
    const database = openDatabase(original, { readonly: true })
    const headers = database.prepare('SELECT header FROM records ORDER BY idx').pluck().all()
    database.close()
    const leaves = headers
      .slice(0, FORKED)
      .map((header, at) => leafHash(Buffer.from(at < 256 ? String(header) : 'forged')))
    const tree = new Frontier()
    for (const leaf of leaves) tree.append(leaf)
    const text = formatCheckpoint({ origin: ORIGIN, size: FORKED, root: tree.root() })
    const checkpoint = formatNote({ text, signatures: [await signNote(text, signer)] })
    const file = attack(original, (database) => setLeaves(database, SECOND_TILE, leaves.slice(256)))
    const { flaw } = await verify(file, { since: since(), against: { checkpoint } })
    expect(flaw).toMatchObject({ kind: 'rewritten history' })
  })
})

describe('a header in a tree that fits it', () => {
  test.each(['{}', 'null', '{"log":{"contents":null,"index":4,"origin":"example.com/log"}}'])(
    '%s is not a record',
    async (header) => {
      const file = attack(original, (database) => {
        database.prepare('UPDATE records SET header = ? WHERE idx = 4').run(header)
        const leaves = database.prepare('SELECT header FROM records WHERE idx < 5').pluck().all()
        setLeaves(
          database,
          FIRST_TILE,
          leaves.map((each) => leafHash(Buffer.from(String(each))))
        )
      })
      expect((await verify(file)).flaw).toMatchObject({ kind: 'changed', index: 4 })
    }
  )

  test('is not found under the id of another call', async () => {
    const file = attack(original, (database) =>
      database.exec(`UPDATE records SET audit_id = 'elsewhere' WHERE idx = 4`)
    )
    const { flaw } = await verify(file)
    expect(flaw).toMatchObject({ kind: 'moved', index: 4 })
    expect(flaw?.detail).toMatch(/filed as elsewhere/)
  })
})
