import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openReader, sqliteExporter, sqliteJournal } from '@slm-audit/sqlite'
import { sealedRecords } from '@slm-audit/testing'
import { testExporter } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog } from '../support.ts'

testExporter({
  name: 'SQLite',
  faults: ['down'],
  make() {
    const folder = join(dirname(freshFile()), 'copy')
    const file = join(folder, 'copy.db')
    return {
      open: () => sqliteExporter({ file }),
      received: () => indicesIn(file),
      cause(fault) {
        // A file in the place of the directory: nothing can be made in it.
        if (fault === 'down') writeFileSync(folder, '')
        else rmSync(folder)
      },
      [Symbol.asyncDispose]: async () => undefined
    }
  }
})

function indicesIn(file: string): number[] {
  if (!existsSync(file)) return []
  const database = openDatabase(file, { readonly: true })
  const indices = database.prepare('SELECT idx FROM records ORDER BY idx').pluck().all()
  database.close()
  return indices as number[]
}

/** A log whose records were copied, and what its reader says of it. */
async function copied(options: { readonly contents?: boolean } = {}) {
  const [file, copy] = [freshFile(), freshFile()]
  const { log } = await openLog({ file })
  log.addExporter(sqliteExporter({ file: copy }), { batchSize: 7, ...options })
  for (let call = 0; call < 20; call++) {
    await log.record({ ...chat, input: `question ${call}` }, async () => `answer ${call}`)
  }
  await log.close()
  await using reader = await openReader(file)
  return { file, copy, checkpoint: (await reader.checkpoint()) ?? '' }
}

const signal = () => AbortSignal.timeout(60_000)

describe('a copy in SQLite', () => {
  test('has the records, and verifies against the checkpoint of the origin', async () => {
    const { file, copy, checkpoint } = await copied()
    await using reader = await openReader(copy)
    const report = await reader.verify({ against: { checkpoint } })
    expect(report.flaw).toBeUndefined()
    expect(report).toMatchObject({ size: 41, checked: 41, outside: { by: 'checkpoint', size: 41 } })
    expect((await reader.search('answer 7')).items).toHaveLength(1)
    await using origin = await openReader(file)
    const [call] = (await origin.query({}, { limit: 1 })).items
    expect(await reader.get(call?.auditId ?? '')).toEqual(await origin.get(call?.auditId ?? ''))
  })

  test('without contents verifies, too, and counts them as absent', async () => {
    const { copy, checkpoint } = await copied({ contents: false })
    await using reader = await openReader(copy)
    const report = await reader.verify({ against: { checkpoint } })
    expect(report.flaw).toBeUndefined()
    expect(report).toMatchObject({ checked: 41, absentContents: 40 })
  })

  test('does not take another log, a hole, or a record that was changed', async () => {
    const { copy } = await copied()
    await using exporter = sqliteExporter({ file: copy })
    const problem = async (records: Parameters<typeof exporter.export>[0]) => {
      const result = await exporter.export(records, signal())
      return result.status === 'retry' ? String(result.error) : result.status
    }
    const other = await sealedRecords(43)
    expect(await problem(other)).toMatch(/holds the log .*, not that of the records/)
    expect(await problem(other.slice(41))).toMatch(/holds the log .*, not test: give another file/)
    const fresh = sqliteExporter({ file: freshFile() })
    await using _closed = fresh
    const [first, second, third] = other
    if (!first || !second || !third) throw new Error('no records')
    const changed = { ...first, header: first.header.replace('chat', 'cheat') }
    expect(
      String(((await fresh.export([changed], signal())) as { error?: unknown }).error)
    ).toMatch(/does not take record 0: changed/)
    expect((await fresh.export([first], signal())).status).toBe('stored')
    const hole = (await fresh.export([third], signal())) as { error?: unknown }
    expect(String(hole.error)).toMatch(/needs record 1 next and got 2: replay the export from 1/)
    expect((await fresh.export([first, second, third], signal())).status).toBe('stored')
  })

  test('the journal itself is not a place for a copy', async () => {
    const file = freshFile()
    await using journal = await sqliteJournal({ file })
    await using exporter = sqliteExporter({ file })
    const result = await exporter.export(await sealedRecords(2), signal())
    expect(result.status).toBe('retry')
    expect(await journal.size()).toBe(1)
    expect(() => sqliteExporter({ file: '' })).toThrow(/file must be the path/)
    expect(() => sqliteExporter({ path: 'x' } as never)).toThrow(/no option path/)
  })
})
