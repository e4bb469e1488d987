import { readdirSync } from 'node:fs'
import { fileExporter, openFileReader } from '@slm-audit/file'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { expect, test } from 'vitest'
import { freshPath, openLog } from '../support.ts'
import { erase, filesWith, read, written } from './conversations.ts'

/** Opens a log, so that it delivers to a copy, and resolves to what it said. */
async function delivered(directory: string, options: Parameters<typeof fileExporter>[0]) {
  const { log, problems } = await openLog({ directory }, { exporters: [fileExporter(options)] })
  await log.close()
  return problems
}

test('a copy in files loses what its log has erased, and verifies', async () => {
  const directory = await written()
  const copy = { directory: freshPath('copy'), compression: 'gzip' } as const
  expect(await delivered(directory, copy)).toEqual([])
  expect(filesWith(copy.directory, 'alicewords')).not.toEqual([])
  const { exporters } = await erase(directory, { user: 'alice' })
  expect(exporters).toEqual(['file'])
  expect(await delivered(directory, copy)).toEqual([])
  expect(filesWith(copy.directory, 'alicewords')).toEqual([])
  // Its closed files are compressed: a reader shows what is in them.
  await using reader = await openFileReader(copy.directory)
  expect((await reader.search('alicewords')).items).toEqual([])
  expect((await reader.search('bobwords')).items).toHaveLength(2)
  const { report } = await read(copy.directory)
  expect(report.flaw).toBeUndefined()
  expect(report.unexplained).toBe(0)
  expect(readdirSync(copy.directory).filter((name) => name.endsWith('.new'))).toEqual([])
})

test('an encrypted copy follows by an identity, and says that it cannot without one', async () => {
  const directory = await written()
  const identity = await generateIdentity()
  const recipients = [await identityToRecipient(identity)]
  const copy = { directory: freshPath('copy'), recipients }
  await delivered(directory, copy)
  await erase(directory, { user: 'alice' })
  const problems = await delivered(directory, copy)
  expect(problems.join()).toMatch(/what was erased stays in the encrypted copy/)
  const other = { directory: freshPath('other'), recipients, identities: [identity], name: 'other' }
  await delivered(directory, other)
  await erase(directory, { user: 'bob' })
  expect(await delivered(directory, other)).toEqual([])
  await using reader = await openFileReader(other.directory, { identities: [identity] })
  expect((await reader.search('bobwords')).items).toEqual([])
  expect((await read(other.directory, [identity])).report.flaw).toBeUndefined()
})
