import { existsSync } from 'node:fs'
import { importLog, openSealedLog } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { recorded, sealedIn } from '../conversations.ts'
import { freshFile } from '../support.ts'

/** Of 600 records, which are more than one transaction of an import takes. */
const INPUTS = Array.from({ length: 300 }, () => 'q')
const [FIRST, END] = [550, 560]

/** A log as it stands up to a record, all of it or without some records. */
function sourceOf(log: ReturnType<typeof openSealedLog>, size: number, isWhole: boolean) {
  return {
    ...{ origin: log.origin, size },
    checkpoints: () => [],
    async *records(from: number) {
      for (const sealed of log.records(from)) {
        const { index } = sealed
        if (index < size && (isWhole || index < FIRST || index >= END)) yield sealed
      }
    }
  }
}

test('of a log that lacks records nothing is copied', async () => {
  using log = openSealedLog(await recorded(INPUTS))
  const lacking = sourceOf(log, log.size, false)
  const says = /^records 550 to 559 are not in that log any more/
  const refused = { code: 'bad_record', message: expect.stringMatching(says) }
  const [fresh, begun] = [freshFile(), freshFile()]
  await expect(importLog(fresh, lacking)).rejects.toMatchObject(refused)
  expect(existsSync(fresh)).toBe(false)
  await importLog(begun, sourceOf(log, 10, true))
  await expect(importLog(begun, lacking)).rejects.toMatchObject(refused)
  expect([...sealedIn(begun)]).toHaveLength(10)
})
