import { existsSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SpoolFiles } from '../../../src/node/spool/files.ts'
import type { SpoolLevel } from '../../../src/node/spool/index.ts'
import { type Fault, faultyFiles } from './faulty-files.ts'
import { frameOf, openReader, openWriter, readAll, temporaryRoot } from './support.ts'

const FRAMES = 25
const SMALL = { segmentBytes: 8_000, schema: 1 }
const FAULTS: readonly Fault[] = ['fails before', 'fails after', 'is cut short']

/** Blocks without taking a processor, as a disk does. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Frames of all sizes, each large one after some small ones. */
function frames() {
  return Array.from({ length: FRAMES }, (_, n) => {
    const size = n === 9 ? 1_500_000 : 200 * (n % 7)
    return frameOf(`call-${n}`, { kind: 'event', shared: ['{"s":1}'], body: ['é'.repeat(size)] })
  })
}

for (const level of ['process', 'disk', 'memory'] satisfies SpoolLevel[]) {
  for (const fault of FAULTS) {
    test(`a call of the system that ${fault} once loses nothing (${level})`, async () => {
      let calls = Number.POSITIVE_INFINITY
      for (let at = 1; at <= calls; at++) {
        const faulty = faultyFiles((_, count) => (count === at ? fault : undefined))
        const opened = tryToOpen({ ...SMALL, level, files: faulty.files })
        // A folder that cannot be begun is refused when the log opens.
        if (!opened) continue
        const { writer, lost } = opened
        const taken = frames().map((frame) => writer.append(frame))
        expect(taken.every((sequence) => sequence > 0)).toBe(true)
        // What a sync refuses is not known to be there, and whoever waits for it is told so.
        await writer.kept(FRAMES)?.catch(() => undefined)
        await expect.poll(() => writer.waiting, { interval: 5 }).toBe(0)
        expect(lost).toEqual([])
        const read = readAll(openReader(writer, { failed: () => undefined }))
        expect(read.map(({ auditId }) => auditId)).toEqual(frames().map(({ auditId }) => auditId))
        calls = Math.max(at, Math.min(calls, faulty.calls()))
      }
    })
  }
}

for (const fault of FAULTS) {
  test(`after a disk that ${fault} for good, what was acknowledged can be read`, async () => {
    for (let at = 3; at < 40; at += 3) {
      let isDown = false
      const strikes = (_: string, count: number) => {
        isDown ||= count >= at
        return isDown ? fault : undefined
      }
      const opened = tryToOpen({ ...SMALL, files: faultyFiles(strikes).files })
      if (!opened) continue
      const { writer, problems } = opened
      const acknowledged = frames()
        .filter((frame) => writer.kept(writer.append(frame)) === undefined)
        .map(({ auditId }) => auditId)
      expect(problems.length).toBeLessThanOrEqual(1)
      // The process is killed here.
      const left = openReader(writer.folder.path, { failed: () => undefined })
      const read = readAll(left).map(({ auditId }) => auditId)
      expect(read).toEqual(expect.arrayContaining(acknowledged))
      expect(new Set(read).size).toBe(read.length)
    }
  })
}

test('a disk that is full for a while is reported once, and loses nothing within the bound', async () => {
  let isFull = false
  const { files } = faultyFiles(() => (isFull ? 'is cut short' : undefined))
  const { writer, problems, lost } = openWriter({ ...SMALL, files })
  writer.append(frameOf('before'))
  isFull = true
  const during = Array.from({ length: 500 }, (_, n) => writer.append(frameOf(`during-${n}`)))
  expect(writer.kept(during[0] ?? 0)).toBeInstanceOf(Promise)
  await expect.poll(() => problems.length).toBe(1)
  isFull = false
  await writer.kept(during.at(-1) ?? 0)
  writer.append(frameOf('after'))
  await expect.poll(() => writer.waiting).toBe(0)
  isFull = true
  writer.append(frameOf('another episode'))
  expect(problems).toHaveLength(2)
  expect(problems[0]?.message).toContain('ENOSPC')
  isFull = false
  expect(lost).toEqual([])
  await expect.poll(() => writer.waiting).toBe(0)
  expect(readAll(openReader(writer))).toHaveLength(503)
})

test('what finds no room in memory either is refused, and what waits at the end is counted', () => {
  let isFull = false
  const { files } = faultyFiles(() => (isFull ? 'fails before' : undefined))
  const { writer, lost } = openWriter({ ...SMALL, files, maxWaitingBytes: 10_000 })
  isFull = true
  const taken = Array.from({ length: 100 }, (_, n) => writer.append(frameOf(`call-${n}`)))
  const waiting = taken.filter((sequence) => sequence > 0).length
  expect(waiting).toBeGreaterThan(10)
  expect(waiting).toBeLessThan(100)
  const kept = writer.kept(waiting)
  expect(writer.close()).toBe(waiting)
  expect(lost).toHaveLength(waiting)
  return expect(kept).rejects.toMatchObject({ code: 'not_recorded' })
})

test('a file that the system lets grow no more is followed by another', async () => {
  let written = 0
  const strikes = (name: string) => {
    if (name === 'openSync') written = 0
    if (name === 'writeSync' || name === 'write') written++
    return written > 5 ? 'is cut short' : undefined
  }
  const { writer } = openWriter({ files: faultyFiles(strikes, 'EFBIG').files })
  const small = frames().filter((_, n) => n !== 9)
  for (const frame of small) writer.append(frame)
  await expect.poll(() => writer.waiting).toBe(0)
  expect(readAll(openReader(writer, { failed: () => undefined }))).toHaveLength(small.length)
})

test('a disk that is slow no longer holds up the application', async () => {
  let isSlow = true
  const faulty = faultyFiles((name) => {
    if (isSlow && name === 'writeSync') sleep(25)
    return undefined
  })
  const { writer, problems } = openWriter({ files: faulty.files })
  for (const frame of frames().slice(0, 5)) writer.append(frame)
  expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('slow')])
  const begin = performance.now()
  for (let n = 0; n < 100; n++) writer.append(frameOf(`quick-${n}`))
  expect(performance.now() - begin).toBeLessThan(20)
  isSlow = false
  await expect.poll(() => writer.waiting).toBe(0)
  expect(readAll(openReader(writer))).toHaveLength(105)
})

test('a thread that waits for a processor while it writes takes no disk for slow', () => {
  const times = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'times')
  let waited = 0
  const { files } = faultyFiles((name) => {
    if (name !== 'writeSync') return undefined
    sleep(25)
    // More than a busy machine makes of it.
    waited += 60_000_000_000
    writeFileSync(times, `1000000 ${waited} 7\n`)
    return undefined
  })
  const openSync: SpoolFiles['openSync'] = (path, ...how) =>
    files.openSync(path === '/proc/thread-self/schedstat' ? times : path, ...how)
  const { writer, problems } = openWriter({ files: { ...files, openSync } })
  for (const frame of frames().slice(0, 5)) writer.append(frame)
  expect(writer.waiting).toBe(0)
  expect(problems).toEqual([])
})

test.each(['process', 'memory'] as const)(
  'large frames find room while the disk is slow, and does not fail (%s)',
  async (level) => {
    let isSlow = true
    const { files } = faultyFiles((name) => {
      if (isSlow && name === 'writeSync') sleep(25)
      return undefined
    })
    const settings = { files, level, maxWaitingBytes: 4_000_000 }
    const { writer, lost } = openWriter(settings)
    for (let n = 0; n < 4; n++) writer.append(frameOf(`small-${n}`))
    isSlow = false
    const body = ['x'.repeat(1_500_000)]
    const taken = Array.from({ length: 20 }, (_, n) => [
      writer.append({ ...frameOf(`large-${n}`), body }),
      writer.append(frameOf(`small-too-${n}`))
    ])
    expect(taken.flat()).not.toContain(0)
    await expect.poll(() => writer.waiting).toBe(0)
    expect(lost).toEqual([])
    expect(readAll(openReader(writer))).toHaveLength(44)
  }
)

test('a folder that is taken away while it is written is replaced by another', async () => {
  const { writer, moved } = openWriter(SMALL)
  writer.append(frameOf('before'))
  const { path } = writer.folder
  renameSync(path, `${path}.gone`)
  for (const frame of frames()) writer.append(frame)
  await expect.poll(() => writer.waiting).toBe(0)
  expect(moved).toEqual([writer.folder.path])
  expect(existsSync(writer.folder.path)).toBe(true)
  const ids = [`${path}.gone`, writer.folder.path].flatMap((folder) =>
    readAll(openReader(folder)).map(({ auditId }) => auditId)
  )
  expect(ids).toEqual(['before', ...frames().map(({ auditId }) => auditId)])
})

test('what is not a frame is refused, and harms neither the caller nor other frames', () => {
  const { writer, problems } = openWriter()
  expect(writer.append(undefined as never)).toBe(0)
  expect(writer.append({ kind: 'opened', auditId: 'a', at: 1, meta: 7 } as never)).toBe(0)
  expect(writer.append(frameOf('b', { body: [null] as never }))).toBe(0)
  expect(problems).toHaveLength(3)
  expect(writer.append(frameOf('c'))).toBe(1)
  expect(readAll(openReader(writer)).map(({ auditId }) => auditId)).toEqual(['c'])
})

function tryToOpen(settings: Parameters<typeof openWriter>[0]) {
  try {
    return openWriter({ root: temporaryRoot(), ...settings })
  } catch {
    return undefined
  }
}
