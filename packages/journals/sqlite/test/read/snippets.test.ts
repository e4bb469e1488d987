import { openReader, reindex } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile, openLog } from '../support.ts'

test('a page whose snippets take long leaves the caller’s loop free, and has all of them', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  const long = 'words that are not looked for. '.repeat(10_000)
  for (let n = 0; n < 60; n++) log.open({ ...chat, input: `${long} refund ${n}` }).complete({})
  await log.close()
  await reindex(file)
  await using reader = await openReader(file)
  let turns = 0
  const count = () => {
    turns++
    turn = setImmediate(count)
  }
  let turn = setImmediate(count)
  const { items, cursor } = await reader.search('refund')
  clearImmediate(turn)
  expect(turns).toBeGreaterThan(1)
  expect(items).toHaveLength(50)
  for (const { snippet } of items) expect(snippet).toContain('[refund]')
  const next = await reader.search('refund', {}, { ...(cursor !== undefined && { cursor }) })
  expect(next.items).toHaveLength(10)
})

test('what stands in the row of a damaged index is no text to look in', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  log.open({ ...chat, input: 'a refund' }).complete({})
  await log.close()
  const index = openDatabase(`${file}-index`)
  index.exec(`UPDATE calls SET question = x'00ff'`)
  index.close()
  await using reader = await openReader(file)
  const [found] = (await reader.search('refund')).items
  expect(found?.snippet).toBe('a [refund]')
})

test('a word that is longer than what counts of it is shown where it begins', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  const long = 'x'.repeat(200)
  log.open({ ...chat, input: `a ${long} refund` }).complete({})
  await log.close()
  await using reader = await openReader(file)
  for (const words of [long, `${long} refund`]) {
    const [found] = (await reader.search(words)).items
    expect(found?.snippet).toContain(`a [${'x'.repeat(128)}]x`)
  }
})
