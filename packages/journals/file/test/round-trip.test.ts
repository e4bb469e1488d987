import { createAuditLog, type SealedRecord } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { fileExporter, openLogSource } from '@slm-audit/file'
import { importLog, openReader, sqliteJournal } from '@slm-audit/sqlite'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { collect, freshPath, makeCalls, openLog } from './support.ts'

const identity = await generateX25519Identity()
const recipient = await identityToRecipient(identity)
const identities = [identity]

const ids = (records: readonly SealedRecord[]) =>
  records.map(({ header }) => JSON.parse(header).auditId)

async function sqliteRecords(file: string): Promise<SealedRecord[]> {
  const { readSealed } = await import('../../sqlite/src/store/sealed-rows.ts')
  const { openForReading } = await import('../../sqlite/src/store/open-database.ts')
  const database = openForReading(file)
  try {
    return [...readSealed(database, 0)].map(({ filedAs: _filedAs, ...sealed }) => ({
      ...sealed,
      leafHash: new Uint8Array(sealed.leafHash),
      contents: sealed.contents.map((content) => ({
        ...content,
        salt: new Uint8Array(content.salt),
        ...(content.body && { body: new Uint8Array(content.body) })
      }))
    }))
  } finally {
    database.close()
  }
}

describe('round trips keep every byte', () => {
  test.each([
    ['plain', {}],
    ['gzip', { compression: 'gzip' }],
    ['zstd', { compression: 'zstd' }],
    ['encrypted', { recipients: [recipient] }],
    ['encrypted zstd', { recipients: [recipient], compression: 'zstd' }]
  ] as const)(
    'files (%s) into SQLite: same ids, indices, leaf hashes, salts',
    async (_, options) => {
      const directory = freshPath()
      const files = { directory, rotate: { bytes: 20_000 }, ...options }
      const { log, problems } = await openLog(files, { batchSize: 40 })
      await makeCalls(log, 60)
      await log.close()
      expect(problems).toEqual([])

      const source = await openLogSource(directory, { identities })
      const report = await source.verify()
      expect(report).toMatchObject({ size: 123, checked: 123, unsigned: 0, openCalls: 0 })
      expect(report.flaw).toBeUndefined()
      expect(report.checkpoints).toBeGreaterThan(1)

      const file = freshPath('audit.db')
      expect(await importLog(file, source)).toMatchObject({ size: 123, added: 123 })
      expect(await importLog(file, source)).toMatchObject({ size: 123, added: 0 })
      await using reader = await openReader(file)
      expect(await reader.verify()).toEqual(report)
      expect(await sqliteRecords(file)).toEqual(await collect(source.records()))
      const { items } = await reader.search('Größe 7')
      expect(items).toHaveLength(1)
    }
  )

  test('SQLite to files by the exporter and back: same ids, leaf hashes, and it is idempotent', async () => {
    const first = freshPath('audit.db')
    const journal = await sqliteJournal({ file: first })
    const log = createAuditLog({ journal, platform: nodePlatform() })
    await makeCalls(log, 20)
    await log.flush()
    const records = await collect(journal.read())
    const directory = freshPath()
    const options = { directory, rotate: { bytes: 9_000 }, compression: 'gzip' as const }
    for (const from of [0, 30]) {
      // After a restart the last batches may come again.
      await using exporter = fileExporter(options)
      for (let at = Math.max(0, from - 10); at < records.length; at += 7) {
        const batch = records.slice(at, Math.min(at + 7, from === 0 ? 30 : records.length))
        if (batch.length === 0) break
        expect(await exporter.export(batch, AbortSignal.timeout(20_000))).toEqual({
          status: 'stored'
        })
      }
    }
    await log.close()
    const source = await openLogSource(directory)
    expect((await source.verify()).flaw).toBeUndefined()
    const second = freshPath('copy.db')
    await importLog(second, source)
    expect(ids(await sqliteRecords(second))).toEqual(ids(records))
    const all = await sqliteRecords(first)
    expect(await sqliteRecords(second)).toEqual(all.slice(0, records.length))
  })

  test('an import refuses another log, and other records of the same log', async () => {
    const [one, two] = [freshPath(), freshPath()]
    for (const directory of [one, two]) {
      const { log } = await openLog({ directory, origin: directory === one ? 'a' : 'b' })
      await makeCalls(log, 1)
      await log.close()
    }
    const file = freshPath('audit.db')
    await importLog(file, await openLogSource(one))
    await expect(importLog(file, await openLogSource(two))).rejects.toThrow(
      /holds the log a, not b; import into another file/
    )
    const forged = freshPath()
    const { log } = await openLog({ directory: forged, origin: 'a' })
    await makeCalls(log, 2)
    await log.close()
    await expect(importLog(file, await openLogSource(forged))).rejects.toThrow(
      /record 0 .* another one/
    )
  })

  test('a directory that grew is imported from where the copy ends', async () => {
    const directory = freshPath()
    const file = freshPath('audit.db')
    for (const expected of [7, 6]) {
      const { log } = await openLog({ directory })
      await makeCalls(log, 2)
      await log.close()
      expect((await importLog(file, await openLogSource(directory))).added).toBe(expected)
    }
  })
})
