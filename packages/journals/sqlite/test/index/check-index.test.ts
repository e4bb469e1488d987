import { rmSync } from 'node:fs'
import { checkIndex, reindex } from '@slm-audit/sqlite'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog } from '../support.ts'

describe('checking an index', () => {
  test.each<[what: string, sql: string, found: { differing?: number; words?: boolean }]>([
    ['as it was made', '', {}],
    [
      'a call renamed',
      `UPDATE calls SET user = 'x' WHERE id IN (SELECT id FROM whole_calls WHERE stage = 'complete')`,
      { differing: 1 }
    ],
    [
      'a call taken out',
      `DELETE FROM calls WHERE id IN (SELECT id FROM whole_calls WHERE stage = 'complete')`,
      { differing: 1 }
    ],
    ['a text taken out', 'DELETE FROM texts WHERE rowid = 1', { words: true }],
    ['a text put in', `INSERT INTO texts (rowid, body) VALUES (7, 'smuggled')`, { words: true }]
  ])('%s', async (_, sql, { differing = 0, words = false }) => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.record({ ...chat, input: 'a refund' }, async () => 'ok')
    await log.close()
    const index = openDatabase(`${file}-index`)
    index.exec(sql)
    index.close()
    const check = await checkIndex(file)
    expect(check).toMatchObject({ records: 3, size: 3 })
    expect(check.differing).toHaveLength(differing)
    expect(check.words.length > 0).toBe(words)
    await reindex(file)
    expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
  })

  test('says where there is none', async () => {
    const file = freshFile()
    const { log } = await openLog({ file })
    await log.close()
    rmSync(`${file}-index`)
    await expect(checkIndex(file)).rejects.toMatchObject({ code: 'not_found' })
  })
})
