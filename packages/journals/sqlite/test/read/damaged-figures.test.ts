import { openReader, reindex } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { recorded } from '../conversations.ts'

test('figures of a filter are whole where the index turns out to be damaged', async () => {
  const file = await recorded(Array.from({ length: 50 }, (_, each) => `words ${each}`))
  await reindex(file)
  const index = new Database(`${file}-index`)
  index.unsafeMode(true)
  index.pragma('writable_schema = ON')
  index.prepare('UPDATE texts_data SET block = zeroblob(60) WHERE id > 100').run()
  index.close()
  await using reader = await openReader(file)
  expect((await reader.stats({ filter: 'words' })).rows[0]?.calls).toBe(50)
  await using another = await openReader(file)
  expect(await another.facetsWithin('words')).toMatchObject({ calls: 50 })
})
