import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeTinyLora, writeTinyModel, writeTinyRanker } from '../src/gguf.ts'

/** Changes with the corpus or the architecture of the model, and then belongs here anew. */
const DIGEST = '59bccabd7e19d3c839657bc1969671850e913098620bd5e556550d8c943042af'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tiny-model-'))
})

afterAll(() => rm(folder, { recursive: true }))

test('the tiny model has the same bytes on every machine', async () => {
  const path = join(folder, 'same.gguf')
  const file = await writeTinyModel(path)
  const bytes = await readFile(path)
  expect(file).toEqual({ path, bytes: bytes.length, sha256: DIGEST })
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(DIGEST)
  expect(bytes.length).toBeLessThan(500_000)
})

test.each([
  ['ranker', writeTinyRanker, 'f720e5c2e0d3abfd3a14d66e5cafb4beb21d6b1f8dd7fa3c353b89e6808200b6'],
  ['adapter', writeTinyLora, 'b642ec485642c1832e1ddb8abcc3bb469d44885beeabd7aa1eae36d943b86a97']
])('the tiny %s has the same bytes on every machine', async (name, write, digest) => {
  const { bytes, sha256 } = await write(join(folder, `${name}.gguf`))
  expect(sha256).toBe(digest)
  expect(bytes).toBeLessThan(300_000)
})

test('directories above the file are created', async () => {
  const path = join(folder, 'not', 'there', 'yet.gguf')
  await writeTinyModel(path)
  expect((await readFile(path)).subarray(0, 4).toString()).toBe('GGUF')
})

test('a file that is there already is not written again', async () => {
  const path = join(folder, 'again.gguf')
  await writeTinyModel(path)
  const past = new Date('2020-01-01')
  await utimes(path, past, past)
  await writeTinyModel(path)
  expect((await stat(path)).mtime).toEqual(past)
})

test('a file with other bytes is replaced', async () => {
  const path = join(folder, 'other.gguf')
  await writeFile(path, 'GGUF, but not a model')
  const { sha256 } = await writeTinyModel(path)
  expect(
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  ).toBe(sha256)
})

test('a path that cannot be written rejects with the error of the file system', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(writeTinyModel(join(folder, 'file', 'model.gguf'))).rejects.toMatchObject({
    code: expect.stringMatching(/ENOTDIR|EEXIST|ENOENT/)
  })
})
