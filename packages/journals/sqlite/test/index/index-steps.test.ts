import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import type { StepBounds } from '../../src/index/evidence-pages.ts'
import { IndexFile } from '../../src/index/index-file.ts'
import { openForReading } from '../../src/store/open-database.ts'
import { chat, freshFile, openLog } from '../support.ts'

/** So long that no step here is the last one of its transaction for its age. */
const HOUR_MS = 3_600_000

/** A log of some calls, and its index, with what makes one step of it; nothing of it is indexed. */
async function unindexed(calls: number) {
  const file = freshFile()
  const { log } = await openLog({ file })
  for (let at = 0; at < calls; at++) log.open({ ...chat, input: `question ${at}` }).complete({})
  await log.close()
  const evidence = openForReading(file)
  const index = new IndexFile(evidence, file)
  onTestFinished(() => {
    index.close()
    evidence.close()
  })
  index.remove()
  const step = (bounds: Omit<StepBounds, 'deadline'>) => index.advance({ ...bounds, deadline: 0 })
  return { file, index, step }
}

/** How many records whoever reads the index finds in it, of which each call is counted once. */
function seen(file: string): number {
  const index = openDatabase(`${file}-index`, { readonly: true })
  try {
    const one = (sql: string) => Number(index.prepare(sql).pluck().get())
    const ended = one("SELECT count(*) FROM whole_calls WHERE stage = 'complete'")
    expect(one("SELECT coalesce(sum(calls), 0) FROM facets WHERE name = 'operation'")).toBe(ended)
    return one("SELECT value FROM meta WHERE name = 'reached'")
  } finally {
    index.close()
  }
}

test('steps of a backlog are one transaction, which ends with its age or with the log', async () => {
  const { file, index, step } = await unindexed(300)
  const found = () => [seen(file), index.reached()]
  expect(step({ until: 100 })).toBe(true)
  expect(found()).toEqual([100, 100])
  expect(step({ openMs: HOUR_MS })).toBe(false)
  const [, reached = 0] = found()
  expect(found()).toEqual([100, reached])
  expect(reached).toBeGreaterThan(100)
  // What ends in between has done nothing.
  index.close()
  expect(found()).toEqual([100, 100])
  step({ openMs: HOUR_MS })
  expect(step({})).toBe(false)
  const [committed = 0] = found()
  expect(found()).toEqual([committed, committed])
  expect(committed).toBeGreaterThan(reached)
  while (!step({ openMs: HOUR_MS }));
  expect(found()).toEqual([601, 601])
})
