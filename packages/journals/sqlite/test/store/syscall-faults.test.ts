import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFile } from '../support.ts'
import {
  appendUnderFault,
  canTrace,
  countSyncs,
  emptyLog,
  expectWhole,
  pathsWritten
} from './fault-support.ts'

const BATCHES = 4
/** Every one of the program's writes instead of a few; takes minutes. */
const ALL = process.env.SLM_AUDIT_ALL_FAULTS === '1'

if (!canTrace) {
  process.stderr.write('not tested: faults in system calls; strace is not here or may not trace\n')
}

describe.skipIf(!canTrace)('a log whose system calls fail', () => {
  test.concurrent.each([
    ['process', ['pwrite64:error=EIO:when=14+29']],
    ['process', ['pwrite64:error=ENOSPC:when=13+37']],
    ['disk', ['fsync,fdatasync:error=EIO:when=3+3']],
    ['disk', ['pwrite64:error=ENOSPC:when=10+41', 'fsync,fdatasync:error=EIO:when=4+4']]
  ])('at level %s, again and again: %j', async (durability, inject) => {
    const file = freshFile()
    await emptyLog(file)
    const acked = await appendUnderFault(file, durability, BATCHES, inject)
    expect(acked).toHaveLength(2 * BATCHES)
    await expectWhole(file, acked)
  })

  test('a checkpoint is on the disk before it is shown, also where records wait for none', async () => {
    const syncs = async (batches: number) => {
      const file = freshFile()
      await emptyLog(file)
      return await countSyncs(file, 'process', batches)
    }
    // One when it is signed on the way, one when it is signed at the end.
    expect(await syncs(3)).toBeGreaterThanOrEqual((await syncs(0)) + 2)
  })

  test('nothing is written but beside the log, from when it is made, however much comes at once', async () => {
    const file = freshFile()
    const written = await pathsWritten(file, 1_000)
    const elsewhere = [...written].filter((path) => !path.startsWith(`${dirname(file)}/`))
    expect(written.size).toBeGreaterThan(0)
    expect(elsewhere).toEqual([])
  })

  const places = ALL ? Array.from({ length: 80 }, (_, at) => at + 1) : [14, 22, 31]
  test.concurrent.each(places)('killed at write %i, then opened again', async (place) => {
    const file = freshFile()
    const inject = [`pwrite64:signal=KILL:when=${place}`]
    await expectWhole(file, await appendUnderFault(file, 'record', BATCHES, inject))
  })

  test.concurrent.each(ALL ? places.slice(0, 30) : [2, 6])('killed at sync %i', async (place) => {
    const file = freshFile()
    const inject = [`fsync,fdatasync:signal=KILL:when=${place}`]
    await expectWhole(file, await appendUnderFault(file, 'disk', BATCHES, inject))
  })
})
