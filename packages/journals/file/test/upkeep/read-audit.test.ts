import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseRecord } from '@slm-audit/core/journal'
import { openFileReader, openLogSource } from '@slm-audit/file'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { expect, test } from 'vitest'
import { FileLock } from '../../src/journal/file-lock.ts'
import { collect, openLog } from '../support.ts'
import { read, written } from './conversations.ts'

/** What the log says of who read it before; this look is recorded, too. */
async function accesses(directory: string) {
  const source = await openLogSource(directory)
  const records = (await collect(source.records())).map(parseRecord)
  const found = records.filter(({ kind }) => kind === 'access')
  return found.map(({ event }) => ({ action: event?.action, view: event?.view }))
}

test('a log that records who reads it does so for each reader, before anything is given', async () => {
  const directory = await written({ readAudit: true })
  await using reader = await openFileReader(directory, {
    access: { by: 'ann', reason: 'ticket 9', contents: 'masked' }
  })
  const [call] = (await reader.query({ user: 'alice' })).items
  expect(await accesses(directory)).toEqual([{ action: 'list', view: 'masked' }])
  await reader.get(call?.auditId ?? '')
  await reader.verify()
  const seen = (await accesses(directory)).map(({ action }) => action)
  expect(seen).toEqual(expect.arrayContaining(['list', 'show', 'verify', 'export']))
  const { log, problems } = await openLog({ directory })
  await log.close()
  // What readers added without a key is signed by the application, and is no end that nobody explains.
  expect(problems).toEqual([])
  const { report, records } = await read(directory)
  expect(report.flaw).toBeUndefined()
  expect(report.signedLate).toEqual([])
  const audited = records.filter(({ header }) => header.includes('"kind":"access.audited"'))
  expect(audited).toHaveLength(1)
  expect(records.map(({ header }) => header).join()).not.toMatch(/ticket 9/)
})

test('records are refused to whoever asks for less than whole contents; other logs record nothing', async () => {
  const directory = await written()
  const source = await openLogSource(directory, { access: { contents: 'masked' } })
  await expect(collect(source.records())).rejects.toMatchObject({ code: 'denied' })
  const { size } = await openLogSource(directory)
  await using reader = await openFileReader(directory)
  await reader.query({})
  expect(await reader.size()).toBe(size)
})

test('readers of an encrypted log that ask at once are recorded one after the other', async () => {
  const identity = await generateIdentity()
  const identities = [identity]
  const recipients = [await identityToRecipient(identity)]
  const directory = await written({ readAudit: true, recipients })
  const access = { by: 'ann', reason: 'ticket 9' }
  const open = () => openFileReader(directory, { identities, access })
  const readers = await Promise.all([open(), open(), open()])
  const before = performance.now()
  const found = await Promise.all(readers.map((reader) => reader.query({})))
  expect(found.map(({ items }) => items.length)).toEqual([4, 4, 4])
  expect(performance.now() - before).toBeLessThan(5_000)
})

test('a reader waits for one of another process, and lets that one be done meanwhile', async () => {
  const directory = await written({ readAudit: true })
  await using reader = await openFileReader(directory)
  const other = new FileLock(join(directory, 'writer-acce55'))
  other.take()
  const asked = reader.query({})
  await setTimeout(300)
  // The log's lock is free, without which the other one could not be done.
  const log = new FileLock(join(directory, 'lock'), 0)
  await expect.poll(() => takes(log)).toBe(true)
  log.close()
  other.close(true)
  expect((await asked).items).toHaveLength(4)
})

function takes(lock: FileLock): boolean {
  try {
    lock.take()
    return true
  } catch {
    return false
  }
}
