import { annotateCalls, openReader, reindex } from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { indexPath, placeOf } from '../../src/index/index-database.ts'
import { request, verdictOn } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

test('what is said of calls beside the application is in the index when it is stored', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  await log.record({ ...request, input: 'one' }, async () => 'answer')
  await log.close()
  await reindex(file)
  await using reader = await openReader(file)
  const [call] = (await reader.query({})).items
  await annotateCalls(file, {
    calls: [call?.auditId ?? ''],
    annotation: { note: 'odd', by: 'ann' }
  })
  const index = new Database(indexPath(file), { readonly: true })
  const { reached } = placeOf(index)
  index.close()
  expect(reached).toBe((await verdictOn(file)).size)
  await using later = await openReader(file)
  expect((await later.get(call?.auditId ?? ''))?.annotations).toHaveLength(1)
})
