import { type Journal, memoryJournal } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { expect, test } from 'vitest'
import { quick, record, sink, upTo } from '../exporter-helpers.ts'
import { newLog } from '../helpers.ts'

/** How often a log looks at its journal for what others did: in this many milliseconds, or late where it is told. */
const LOOKS = [1_000, 10_000]

/** A platform on which looks come at once, and are counted. */
function hastyPlatform() {
  const looks: number[] = []
  const platform = nodePlatform()
  const defer: typeof platform.defer = (run, ms) => {
    if (!LOOKS.includes(ms)) return platform.defer(run, ms)
    return platform.defer(() => {
      looks.push(ms)
      run()
    }, 1)
  }
  return { platform: { ...platform, defer }, looks }
}

test('a delay is kept, however often the log looks for what others did', async () => {
  const { platform, looks } = hastyPlatform()
  const { log } = newLog({ platform })
  const { exporter, seen, indices } = sink()
  log.addExporter(exporter, { ...quick, batchSize: 10, delayMs: 3_600_000 })
  await record(log, 2)
  const before = looks.length
  await expect.poll(() => looks.length).toBeGreaterThan(before + 20)
  expect(seen).toEqual([])
  // A batch that is full does not wait.
  await record(log, 3)
  await expect.poll(() => seen.length).toBe(1)
  await record(log, 1)
  await log.flush()
  expect(indices()).toEqual(upTo(12))
  await log.close()
})

test('a journal that tells of growth is looked at when it does, and by time while it cannot', async () => {
  const memory = memoryJournal()
  const shared = { ...memory, [Symbol.asyncDispose]: async () => {} }
  const watch = { isLive: false, isDisposed: false, tell: () => {} }
  const journal: Journal = {
    ...shared,
    watch: (grown) => {
      watch.tell = grown
      return Object.assign(watch, {
        [Symbol.dispose]: () => {
          watch.isDisposed = true
        }
      })
    }
  }
  const { platform, looks } = hastyPlatform()
  const { exporter, indices } = sink()
  const { log } = newLog({ journal, platform, exporters: [{ exporter, ...quick }] })
  await expect.poll(() => looks.includes(1_000)).toBe(true)
  watch.isLive = true
  watch.tell()
  await expect.poll(() => looks.at(-1)).toBe(10_000)
  const other = newLog({ journal: shared })
  await record(other.log, 2)
  await other.log.close()
  watch.tell()
  await expect.poll(indices).toEqual(upTo(4))
  watch.isLive = false
  watch.tell()
  await expect.poll(() => looks.at(-1)).toBe(1_000)
  await log.close()
  expect(watch.isDisposed).toBe(true)
})
