import { compactDatabase } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { afterEach, expect, test, vi } from 'vitest'
import { Compaction } from '../../src/store/cold/compaction.ts'
import { openForReading, openForWriting } from '../../src/store/open-database.ts'
import { CONTENTS_PER_RECORD } from '../../src/store/schema.ts'
import { aroundStatements } from '../statements.ts'
import { freshFile, openLog } from '../support.ts'
import { allIn, changed, copyOf, variedLog } from './compact-support.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('a step packs few blocks where steps before it had hardly any to pack', async () => {
  const file = copyOf(await variedLog())
  // Each part makes a block, and most of the contents before them were emptied.
  changed(
    file,
    `UPDATE parts SET body = zeroblob(70000);
    WITH RECURSIVE ids (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids
      WHERE id + 1 < ${CONTENTS_PER_RECORD} * (SELECT max(idx) FROM records))
    INSERT OR IGNORE INTO contents (id, name, type, salt) SELECT id, 'input', 'text', zeroblob(32) FROM ids`
  )
  vi.spyOn(performance, 'now').mockReturnValue(0)
  const database = openForWriting(file, 'process', '')
  const beside = new Database(file, { readonly: true })
  const blocks = beside.prepare("SELECT count(*) FROM blocks WHERE of = 'parts'").pluck()
  const found: unknown[] = []
  for (const _ of new Compaction(database, Date.now()).steps()) found.push(blocks.get())
  database.close()
  beside.close()
  expect(found.at(-1)).toBeGreaterThan(100)
  expect(found.find((count) => count !== 0)).toBeLessThan(10)
})

test('a log that somebody holds while it is opened is not read without what is cold', async () => {
  const file = copyOf(await variedLog())
  await compactDatabase(file, { coldAfter: '0d' })
  let isHeld = true
  const undo = aroundStatements(['prepare'], (_, compile) => {
    if (!isHeld) return compile()
    isHeld = false
    throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
  })
  try {
    expect(() => openForReading(file)).toThrow(/another process/)
  } finally {
    undo()
  }
})

test.each(['{"records":', 'null', '{"records":"9"}'])(
  'where the note of what is compressed is damaged to %s, all is looked at again',
  async (note) => {
    const file = copyOf(await variedLog())
    const before = allIn(file)
    await compactDatabase(file, { coldAfter: '0d' })
    changed(file, `UPDATE meta SET value = '${note}' WHERE name = 'compacted'`)
    expect(await compactDatabase(file, { coldAfter: '0d' })).toMatchObject({ records: 0 })
    expect(allIn(file)).toEqual(before)
  }
)

test('an age that is none is refused with what may be given', async () => {
  const message = 'coldAfter must be an age such as 30d, 12h or 4w, or false'
  const opened = openLog({ file: freshFile(), coldAfter: true as never })
  await expect(opened).rejects.toMatchObject({ code: 'bad_option', message })
})
