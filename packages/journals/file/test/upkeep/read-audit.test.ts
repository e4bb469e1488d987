import { parseRecord } from '@slm-audit/core/journal'
import { openFileReader, openLogSource } from '@slm-audit/file'
import { expect, test } from 'vitest'
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
