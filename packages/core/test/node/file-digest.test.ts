import { createHash, randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileDigest } from '@slm-audit/core/node'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-digest-'))
})
afterAll(() => rm(folder, { recursive: true }))

test.each([
  ['empty', 0],
  ['small', 1_000],
  ['large', 3_000_000]
])('the digest of a file that is %s, and of what it becomes', async (name, size) => {
  const path = join(folder, name)
  const bytes = randomBytes(size)
  const hash = createHash('sha256').update(bytes)
  await writeFile(path, bytes)
  const digests = await Promise.all([fileDigest(path), fileDigest(path, true), fileDigest(path)])
  expect(digests).toEqual(Array.from(digests, () => hash.copy().digest('hex')))
  await appendFile(path, 'more')
  expect(await fileDigest(path, true)).toBe(hash.update('more').digest('hex'))
})

test('a file that is missing rejects, and is found when it is there', async () => {
  const path = join(folder, 'late')
  await expect(fileDigest(path)).rejects.toMatchObject({ code: 'ENOENT' })
  await writeFile(path, '')
  expect(await fileDigest(path)).toBe(createHash('sha256').digest('hex'))
})
