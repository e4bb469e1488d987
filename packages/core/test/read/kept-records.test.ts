import { expect, test } from 'vitest'
import { KeptRecords } from '../../src/read/walk/kept-records.ts'
import { sealedRecordsOf } from '../seal-helpers.ts'

test('a long log is kept in part, without a step over all that went for each record', async () => {
  const [sealed] = await sealedRecordsOf('x')
  const record = { ...sealed, header: 'x', contents: [] }
  const walked: number[] = []
  const log = {
    async *records(from: number) {
      walked.push(from)
      yield { ...record, index: from }
    }
  }
  const kept = new KeptRecords(log as never, 100_000)
  const began = performance.now()
  for (let index = 0; index < 300_000; index++) kept.keep({ ...record, index })
  expect(performance.now() - began).toBeLessThan(8_000)
  const found = await kept.at([299_999, 200_000])
  expect(found.map(({ index }) => index)).toEqual([200_000, 299_999])
  expect(walked).toEqual([])
  await kept.at([199_999])
  expect(walked).toEqual([199_999])
})
