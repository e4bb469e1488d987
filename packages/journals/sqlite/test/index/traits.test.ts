import { readFileSync, statSync } from 'node:fs'
import type { PolicyDocument } from '@slm-audit/core'
import { applyRetention, checkIndex, openReader, reindex } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog } from '../support.ts'

const policy: PolicyDocument = {
  retention: { default: 'none', classes: { none: { contents: 'P0D', headers: 'P0D' } } },
  rules: [{ level: 'RequestResponse' }]
}

function traitsIn(file: string): number {
  const index = openDatabase(`${file}-index`, { readonly: true })
  try {
    return Number(index.prepare('SELECT count(*) FROM traits').pluck().get())
  } finally {
    index.close()
  }
}

async function record(
  log: Awaited<ReturnType<typeof openLog>>['log'],
  model: string,
  calls: number
) {
  for (let at = 0; at < calls; at++) {
    await log.record({ ...chat, model, input: `words ${at}` }, async () => 'answer')
  }
}

test('what many calls have alike stands in the index once, and each call has it', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  await record(log, 'one', 20)
  await record(log, 'two', 20)
  await expect(
    log.record({ ...chat, model: 'two' }, () => Promise.reject(new RangeError('no')))
  ).rejects.toThrow('no')
  await log.close()
  // While calls are open they have others.
  expect(traitsIn(file)).toBeLessThan(10)
  await using reader = await openReader(file)
  const { items } = await reader.query('', { limit: 100 })
  expect(items.map(({ model, stage, errorType }) => [model, stage, errorType])).toEqual([
    ['two', 'error', 'RangeError'],
    ...Array(20).fill(['two', 'complete', undefined]),
    ...Array(20).fill(['one', 'complete', undefined])
  ])
})

test('what only calls have that retention took is gone as well, and an open reader mistakes no later one for it', async () => {
  const file = freshFile()
  const first = await openLog({ file })
  await record(first.log, 'withdrawn-model', 100)
  await record(first.log, 'kept-model', 60)
  await first.log.close()
  await reindex(file)
  await using reader = await openReader(file)
  expect((await reader.query('model:withdrawn*', { limit: 1 })).items).toHaveLength(1)
  const inode = statSync(`${file}-index`).ino
  const now = new Date(Date.now() + 1_000)
  expect(await applyRetention(file, { policy, now })).toMatchObject({ pruned: { tiles: 1 } })
  expect(readFileSync(`${file}-index`).includes('withdrawn-model')).toBe(false)
  // Made anew, it would be without that as well.
  expect(statSync(`${file}-index`).ino).toBe(inode)
  const again = await openLog({ file })
  await record(again.log, 'later-model', 1)
  await again.log.close()
  const { items } = await reader.query('kind:call', { limit: 100, complete: true })
  expect(items[0]).toMatchObject({ model: 'later-model' })
  expect(new Set(items.map(({ model }) => model))).toEqual(new Set(['later-model', 'kept-model']))
  expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
})
