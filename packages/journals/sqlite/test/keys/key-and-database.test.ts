import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newPrivateKey, writeKeyFile } from '@slm-audit/core/node'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { beforeEach, describe, expect, test } from 'vitest'
import { chat, openLog } from '../support.ts'

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slm-audit-key-'))
  file = join(folder, 'audit.db')
})

async function addCall(path: string): Promise<void> {
  const { log, problems } = await openLog({ file: path })
  await log.record(chat, async () => 'a')
  await log.close()
  expect(problems).toEqual([])
}

function removeDatabase(): void {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.key')) rmSync(join(folder, name), { recursive: true })
  }
}

describe('a key without its database', () => {
  test('is named as such; nothing is made, and putting the database back is enough', async () => {
    await addCall(file)
    renameSync(file, `${file}.away`)
    for (let time = 0; time < 2; time++) {
      await expect(sqliteJournal({ file })).rejects.toMatchObject({
        code: 'bad_key',
        message: expect.stringMatching(
          /^the key of the log slm-audit\/\w+ is at .*audit\.db\.key, but its database is not at .*audit\.db; put the database back, or move the key/
        )
      })
      expect(existsSync(file)).toBe(false)
    }
    renameSync(`${file}.away`, file)
    await addCall(file)
  })

  test.each([
    ['is deleted', () => rmSync(file)],
    ['is empty', () => truncateSync(file)]
  ])(
    'whose database %s while it was written leaves its write-ahead log alone',
    async (_, damage) => {
      const { log } = await openLog({ file })
      await log.record(chat, async () => 'a')
      await log.flush()
      const [stored, written] = [file, `${file}-wal`].map((path) => readFileSync(path))
      await log.close()
      writeFileSync(`${file}-wal`, written ?? '')
      damage()
      await expect(sqliteJournal({ file })).rejects.toThrow(/put the database back/)
      await expect(openReader(file)).rejects.toMatchObject({ code: 'journal_unavailable' })
      expect(readFileSync(`${file}-wal`)).toEqual(written)
      writeFileSync(file, stored ?? '')
      await using reader = await openReader(file)
      expect((await reader.query({ kind: 'call' })).items).toHaveLength(1)
    }
  )

  test('begins no second log of the same name either', async () => {
    await (await sqliteJournal({ file, origin: 'example.com/log' }))[Symbol.asyncDispose]()
    removeDatabase()
    await expect(sqliteJournal({ file, origin: 'example.com/log' })).rejects.toThrow(
      /put the database back/
    )
  })

  test('is its key where it was prepared elsewhere for a log of that name', async () => {
    const key = join(folder, 'prepared')
    writeKeyFile(key, newPrivateKey('example.com/log'))
    const journal = await sqliteJournal({ file, key: { file: key }, origin: 'example.com/log' })
    expect(journal.origin).toBe('example.com/log')
    await journal[Symbol.asyncDispose]()
  })
})

describe('a database behind a link', () => {
  test('is signed while it is written, also where the link led to nothing at first', async () => {
    const volume = join(folder, 'volume')
    mkdirSync(volume)
    symlinkSync('volume/audit.db', file)
    for (let time = 0; time < 2; time++) {
      const { log, problems } = await openLog({ file, checkpoints: { everyMs: 20 } })
      await log.record(chat, async () => 'a')
      await log.flush()
      await using reader = await openReader(file)
      const size = 3 + time * 2
      await expect
        .poll(async () => parseCheckpoint((await reader.checkpoint()) ?? '\n').size)
        .toBeGreaterThanOrEqual(size)
      await log.close()
      expect(problems).toEqual([])
    }
    expect(readdirSync(folder).sort()).toEqual(['audit.db', 'volume'])
    expect(readdirSync(volume)).toEqual(expect.arrayContaining(['audit.db', 'audit.db.key']))
    await addCall(join(volume, 'audit.db'))
  })

  test('is refused where links lead in a circle', async () => {
    symlinkSync(join(folder, 'other.db'), file)
    symlinkSync(file, join(folder, 'other.db'))
    await expect(sqliteJournal({ file })).rejects.toThrow(/is a link that leads in a circle/)
  })
})
