import { openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import type { Database } from '../../src/driver/database.ts'
import { openDatabase } from '../../src/driver/driver.ts'
import { IndexFile } from '../../src/index/index-file.ts'
import { openForReading } from '../../src/store/open-database.ts'
import { chat, freshFile, openLog } from '../support.ts'

/** Pieces that a search looks into. */
function pieces(file: string): number {
  return inIndex(file, 'SELECT count(DISTINCT segid) FROM texts_idx')
}

function merged(file: string): number {
  return inIndex(file, "SELECT coalesce(max(value), 0) FROM meta WHERE name = 'merged'")
}

function inIndex(file: string, sql: string): number {
  const index = openDatabase(`${file}-index`, { readonly: true })
  try {
    return Number(index.prepare(sql).pluck().get())
  } finally {
    index.close()
  }
}

/** Indexes a log in many small steps, up to a record. */
function indexTo(evidence: Database, file: string, end: number): IndexFile {
  const index = new IndexFile(evidence, file)
  for (let until = 100; until < end; until += 100) index.advance({ until, deadline: 0 })
  index.advance({ until: end, deadline: Number.POSITIVE_INFINITY })
  return index
}

test('an index is merged by who writes it, and by who makes it anew, once it has grown enough to be worth it', async () => {
  const file = freshFile()
  const { log, problems } = await openLog({ file })
  for (let at = 0; at < 700; at++) log.open({ ...chat, input: `question ${at}` }).complete({})
  await log.flush()
  await expect.poll(() => merged(file), { timeout: 20_000 }).toBeGreaterThan(500)
  await log.close()
  expect(problems).toEqual([])
  const evidence = openForReading(file)
  new IndexFile(evidence, file).remove()
  const index = indexTo(evidence, file, 1_300)
  const before = pieces(file)
  expect(before).toBeGreaterThan(1)
  while (!index.merge(false));
  expect([pieces(file), merged(file)]).toEqual([1, 1_300])
  index.close()
  const again = indexTo(evidence, file, 1_400)
  // A hundred are not worth it, not even while nothing comes.
  expect([again.merge(true), pieces(file), merged(file)]).toEqual([true, 2, 1_300])
  again.close()
  evidence.close()
  await using reader = await openReader(file)
  for (const text of ['question 3', 'question 677', 'question 699']) {
    expect((await reader.search(`"${text}"`)).items.map(({ question }) => question)).toEqual([text])
  }
})
