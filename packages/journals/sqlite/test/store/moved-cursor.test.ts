import { createAuditLog } from '@slm-audit/core'
import { defineExporter } from '@slm-audit/core/exporter'
import { nodePlatform } from '@slm-audit/core/node'
import { sqliteJournal } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { chat, freshFile } from '../support.ts'

/** Makes some calls with an exporter that keeps the indices it got; gives them and the problems. */
async function deliver(file: string, calls: number) {
  const got: number[] = []
  const problems: string[] = []
  const log = createAuditLog({
    journal: await sqliteJournal({ file }),
    platform: nodePlatform(),
    onProblem: ({ message }) => problems.push(message),
    exporters: [
      defineExporter({
        name: 'siem',
        export: async (records) => void got.push(...records.map(({ index }) => index))
      })
    ]
  })
  for (let call = 0; call < calls; call++) await log.record(chat, async () => call)
  await log.flush()
  await log.close()
  return { got, problems }
}

test.each([
  // Where it is looked at before the new records are stored, it is behind the end as well.
  ['over records', 5, /over records that were not delivered|behind the end of the log/],
  ['behind the end of the log', 900, /behind the end of the log/]
])('a cursor that somebody moved %s is told and set back', async (_where, next, told) => {
  const file = freshFile()
  await deliver(file, 1)
  const database = openDatabase(file)
  database.prepare('UPDATE exporters SET next = ?').run(next)
  database.close()
  const { got, problems } = await deliver(file, 2)
  expect(got).toEqual([3, 4, 5, 6])
  expect(problems).toEqual([expect.stringMatching(told)])
  expect(await deliver(file, 1)).toEqual({ got: [7, 8], problems: [] })
})
