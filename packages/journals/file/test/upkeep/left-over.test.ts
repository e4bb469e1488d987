import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openLog } from '../support.ts'
import { erase, filesWith, read, written } from './conversations.ts'

/** Compresses a closed file as a process that is killed before it lists that. */
function packedUnlisted(directory: string): string[] {
  const plain = join(directory, 'records-000000000000.jsonl')
  const bytes = readFileSync(plain)
  writeFileSync(`${plain}.gz`, gzipSync(bytes))
  writeFileSync(`${plain}.zst`, zstdCompressSync(bytes))
  return [`${plain}.gz`, `${plain}.zst`]
}

test('an erasure leaves no file that was compressed and never listed', async () => {
  const directory = await written()
  const left = packedUnlisted(directory)
  await erase(directory, { user: 'alice' })
  expect(left.filter((path) => existsSync(path))).toEqual([])
  expect(filesWith(directory, 'bobwords')).not.toEqual([])
  expect((await read(directory)).report).toMatchObject({ strays: 0, unexplained: 0 })
})

test('such a file stays while what is listed is not as it was listed', async () => {
  const directory = await written()
  const left = packedUnlisted(directory)
  writeFileSync(join(directory, 'records-000000000000.jsonl'), '')
  const { log } = await openLog({ directory })
  await log.close()
  const names = readdirSync(directory).map((name) => join(directory, name))
  expect(names).toEqual(expect.arrayContaining(left))
})
