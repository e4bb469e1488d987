import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Review } from '../../src/index.ts'
import { reviewFolder } from '../../src/node/review-folder.ts'
import { temporaryRoot } from './spool/support.ts'

const ada = { approved: true, by: 'ada', at: 1 }

function reviewOf(id: string, lifeMs = 60_000): Review {
  const about = { auditId: 'a', rule: 'r', policy: 'p', request: '00', salt: '00' }
  return { id, ...about, askedAt: Date.now(), expiresAt: Date.now() + lifeMs }
}

function newFolder() {
  const root = temporaryRoot()
  mkdirSync(root, { recursive: true })
  const folder = join(root, 'reviews')
  const reviews = reviewFolder(folder)
  const put = (name: string, text: string) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const ids = async () => (await reviews.list()).map(({ id }) => id)
  return { root, folder, reviews, put, ids }
}

test('one file that is not whole, or no review, ends none of the others', async () => {
  const { reviews, put, ids } = newFolder()
  await reviews.add(reviewOf('rv-0000000001'))
  await reviews.add(reviewOf('rv-0000000002'))
  put('rv-0000000002.decided.json', '')
  put('rv-0000000003.json', '')
  put('rv-0000000004.json', '{"id":"rv-00000000')
  put('rv-0000000005.json', '{}')
  put('rv-0000000006.json', '[null]')
  expect(await ids()).toEqual(['rv-0000000001'])
  // Nobody decides again what was decided, though what cannot be read.
  expect(await reviews.decide('rv-0000000002', ada)).toBe(false)
})

test('an approval that was used stays so, whatever became of the file that says it', async () => {
  const { reviews, put } = newFolder()
  await reviews.add(reviewOf('rv-0000000001'))
  await reviews.decide('rv-0000000001', ada)
  put('rv-0000000001.used.json', '')
  expect(await reviews.list()).toMatchObject([{ decision: ada, isUsed: true }])
  expect(await reviews.use('rv-0000000001')).toBe(false)
})

test('a review is the one that its file is named after: nothing beside the folder goes with it', async () => {
  const { root, folder, reviews, put } = newFolder()
  writeFileSync(join(root, 'other.json'), '{}')
  put('rv-0000000001.json', JSON.stringify(reviewOf('../other', -1)))
  expect(await reviews.list()).toEqual([])
  expect(existsSync(join(root, 'other.json'))).toBe(true)
  expect(readdirSync(folder)).toEqual([])
})

test.skipIf(process.getuid?.() === 0)('a folder that may not be read is no empty one', async () => {
  const { folder, reviews } = newFolder()
  await reviews.add(reviewOf('rv-0000000001'))
  chmodSync(folder, 0)
  onTestFinished(() => chmodSync(folder, 0o700))
  await expect(reviews.list()).rejects.toThrow('EACCES')
})

test('a place that is no folder is told', async () => {
  const { root } = newFolder()
  writeFileSync(join(root, 'file'), '')
  await expect(reviewFolder(join(root, 'file')).list()).rejects.toThrow('ENOTDIR')
})

test('reviews end also where an application has a clock that is none', async () => {
  const { reviews, ids } = newFolder()
  await reviews.add(reviewOf('rv-0000000001', -1))
  vi.spyOn(Date, 'now').mockReturnValue(Number.NaN)
  onTestFinished(() => void vi.restoreAllMocks())
  expect(await ids()).toEqual([])
})
