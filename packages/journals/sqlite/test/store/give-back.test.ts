import { expect, test } from 'vitest'
import { openForWriting } from '../../src/store/open-database.ts'
import { giveBack } from '../../src/store/upkeep/give-back.ts'
import { freshFile } from '../support.ts'

test('whoever writes between the steps in which space is given back waits for others as before', () => {
  const file = freshFile()
  const database = openForWriting(file, 'process', 'test.example')
  const reader = openForWriting(file, 'process', 'test.example')
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM records').get()
  // The reader keeps an older state in the write-ahead log.
  database.exec("INSERT INTO meta VALUES ('later', 1)")
  const timeoutOf = () => Number(database.pragma('busy_timeout', { simple: true }))
  const usual = timeoutOf()
  const timeouts: number[] = []
  for (const _ of giveBack(database)) timeouts.push(timeoutOf())
  reader.close()
  database.close()
  expect(usual).toBeGreaterThan(0)
  expect(timeouts.length).toBeGreaterThan(2)
  expect(new Set(timeouts)).toEqual(new Set([usual]))
})
