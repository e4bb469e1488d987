import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CarriedFrame } from '../../../src/recording/frame.ts'
import { frameOf, named, openReader, openWriter, readAll, temporaryRoot } from './support.ts'

const KIB = 1024

test('frames come out as they went in, in order', () => {
  const { writer } = openWriter()
  const bytes = Uint8Array.from([0, 255, 128])
  const frames = [
    frameOf('a', { shared: ['{"service":"x"}', '{"é":"😀"}'], body: ['{"q":"é😀"}'] }),
    frameOf('b', { kind: 'event', body: [] }),
    frameOf('a', { kind: 'part', at: 5.5, meta: '', body: [bytes, 'und', bytes] }),
    frameOf('a', { kind: 'ended', shared: ['{"é":"😀"}'] })
  ]
  const reader = openReader(writer)
  expect(frames.map((frame) => writer.append(frame))).toEqual([1, 2, 3, 4])
  const read = readAll(reader)
  expect(read).toEqual(
    frames.map(({ body, shared = [], ...frame }, at) => ({
      ...frame,
      shared,
      sequence: at + 1,
      ...(body && { body: Buffer.concat(body.map((each) => Buffer.from(each as string))) })
    }))
  )
})

test('a text that frames share is in a segment once', () => {
  const { writer } = openWriter()
  const text = 'shared'.repeat(100)
  for (let n = 0; n < 10; n++) writer.append(frameOf(`call-${n}`, { shared: [text] }))
  writer.rotate()
  for (let n = 0; n < 10; n++) writer.append(frameOf(`later-${n}`, { shared: [text] }))
  const segments = readdirSync(writer.folder.path).map((name) =>
    readFileSync(join(writer.folder.path, name), 'latin1')
  )
  expect(segments.map((segment) => segment.split(text).length - 1)).toEqual([1, 1])
  expect(readAll(openReader(writer)).every(({ shared }) => shared[0] === text)).toBe(true)
})

test('only the user who runs the process may read a spool', () => {
  const { writer } = openWriter()
  writer.append(frameOf('a'))
  const [name = ''] = readdirSync(writer.folder.path)
  expect(statSync(writer.folder.path).mode & 0o777).toBe(0o700)
  expect(statSync(join(writer.folder.path, name)).mode & 0o777).toBe(0o600)
})

test('a frame that takes megabytes is written beside the application, in its place', async () => {
  const { writer } = openWriter()
  const text = `${'é'.repeat(700 * KIB)}😀${'x😀'.repeat(900 * KIB)}`
  const bytes = new Uint8Array(3_000 * KIB).fill(7)
  writer.append(frameOf('before'))
  writer.append(frameOf('large', { shared: ['{}'], body: [text, bytes, 'end'] }))
  bytes.fill(8)
  const last = writer.append(frameOf('after'))
  const reader = openReader(writer)
  expect(named(readAll(reader))).toEqual(['opened before'])
  await writer.kept(last)
  expect(writer.kept(last)).toBeUndefined()
  const [large, after] = readAll(reader)
  const expected = Buffer.concat([
    Buffer.from(text),
    Buffer.alloc(3_000 * KIB, 7),
    Buffer.from('end')
  ])
  expect(expected.equals(bytesOf(large))).toBe(true)
  expect(after?.auditId).toBe('after')
})

test('a large frame of a process that exits is written before it does', () => {
  const { writer } = openWriter()
  writer.append(frameOf('large', { body: ['x'.repeat(5_000 * KIB)] }))
  writer.append(frameOf('after'))
  expect(writer.waiting).toBe(1)
  expect(writer.writeAtExit()).toBe(0)
  expect(readAll(openReader(writer)).map((frame) => bytesOf(frame).length)).toEqual([
    5_000 * KIB,
    0
  ])
})

test('segments end by size and by age, and go once what is in them is evidence', async () => {
  const { writer } = openWriter({ segmentBytes: 20 * KIB, segmentMs: 100 })
  for (let n = 0; n < 60; n++) writer.append(call(`call-${n}`))
  expect(readdirSync(writer.folder.path).length).toBeGreaterThan(2)
  const reader = openReader(writer)
  expect(readAll(reader)).toHaveLength(60)
  reader.release(reader.place())
  expect(readdirSync(writer.folder.path)).toHaveLength(1)
  const [young] = readdirSync(writer.folder.path)
  await expect
    .poll(() => {
      writer.append(call('late'))
      reader.next(1_000_000)
      reader.release(reader.place())
      return readdirSync(writer.folder.path)
    })
    .not.toContain(young)
})

test('an idle writer can be asked to end its segment, so that nothing stays readable', () => {
  const { writer } = openWriter()
  writer.append(call('a'))
  const reader = openReader(writer)
  readAll(reader)
  writer.rotate()
  expect(readAll(reader)).toEqual([])
  reader.release(reader.place())
  expect(readdirSync(writer.folder.path)).toEqual([])
  writer.append(call('b'))
  expect(named(readAll(reader))).toEqual(['event b'])
})

test('a reader sleeps until there is more', async () => {
  const { writer } = openWriter()
  const reader = openReader(writer)
  let woken = 0
  void reader.more().then(() => woken++)
  await Promise.resolve()
  expect(woken).toBe(0)
  writer.append(call('a'))
  await expect.poll(() => woken).toBe(1)
  await reader.more()
  expect(named(readAll(reader))).toEqual(['event a'])
})

test('a bound that is smaller than a segment is kept with smaller ones', () => {
  const { writer } = openWriter({ maxBytes: 64 * KIB, maxWaitingBytes: KIB })
  let taken = 0
  while (writer.append(call(`call-${taken}`)) > 0) taken++
  expect(taken).toBeGreaterThan(10)
  expect(readdirSync(writer.folder.path).length).toBeGreaterThan(1)
})

test('a full spool takes no more, and does again once its frames are evidence', async () => {
  const { writer, problems } = openWriter({
    segmentBytes: 16 * KIB,
    maxBytes: 64 * KIB,
    maxWaitingBytes: 20 * KIB
  })
  let taken = 0
  while (writer.append(call(`call-${taken}`)) > 0) taken++
  expect(taken).toBeGreaterThan(40)
  expect(problems.map(({ code }) => code)).toEqual(['queue_full'])
  const reader = openReader(writer)
  const read = readAll(reader)
  reader.release(reader.place())
  await expect
    .poll(() => {
      read.push(...readAll(reader))
      reader.release(reader.place())
      return writer.waiting
    })
    .toBe(0)
  read.push(...readAll(reader))
  expect(read.map(({ auditId }) => auditId)).toEqual(range(taken).map((n) => `call-${n}`))
  expect(writer.append(call('again'))).toBe(taken + 1)
})

test('more that waits than all segments may hold is written as room comes', async () => {
  // The bound of a small file system is less than what is written at a time on a large one.
  const { writer } = openWriter({ level: 'memory', maxBytes: 64 * KIB })
  for (const n of range(10)) writer.append(call(`first-${n}`))
  await expect.poll(() => writer.waiting).toBe(0)
  const taken = range(190).filter((n) => writer.append(call(`call-${n}`)) > 0)
  expect(taken).toHaveLength(190)
  const reader = openReader(writer)
  const read: string[] = []
  await expect
    .poll(() => {
      read.push(...readAll(reader).map(({ auditId }) => auditId))
      reader.release(reader.place())
      return read.length
    })
    .toBe(200)
  expect(writer.waiting).toBe(0)
})

test('at level memory frames are written a moment later, in one piece', async () => {
  const { writer } = openWriter({ level: 'memory' })
  const last = range(1_000).map((n) => writer.append(call(`call-${n}`)))
  expect(writer.kept(last.at(-1) ?? 0)).toBeUndefined()
  const reader = openReader(writer)
  expect(readAll(reader)).toEqual([])
  await expect.poll(() => writer.waiting).toBe(0)
  expect(readAll(reader)).toHaveLength(1_000)
})

test('at level disk a frame is kept once it was synced, many at a time', async () => {
  const { writer } = openWriter({ level: 'disk' })
  const kept = range(100).map((n) => writer.kept(writer.append(call(`call-${n}`))))
  expect(kept.every((each) => each instanceof Promise)).toBe(true)
  await Promise.all(kept)
  expect(writer.kept(100)).toBeUndefined()
})

test('an encrypted spool says nothing without its key', () => {
  const key = { secret: new Uint8Array(32).fill(7), wrapped: new Uint8Array([1, 2, 3]) }
  const { writer } = openWriter({ key })
  for (let n = 0; n < 300; n++)
    writer.append(frameOf(`call-${n}`, { body: ['my secret'.repeat(n)] }))
  const names = readdirSync(writer.folder.path)
  const stored = names.map((name) => readFileSync(join(writer.folder.path, name), 'latin1')).join()
  expect(stored).not.toContain('secret')
  expect(stored).not.toContain('call-1')
  expect(() => readAll(openReader(writer))).toThrow('encrypted')
  expect(
    readAll(openReader(writer, { secret: key.secret })).map((frame) => bytesOf(frame).length)
  ).toEqual(range(300).map((n) => 9 * n))
})

test('a frame that cannot be read costs itself alone, and is reported', () => {
  const { writer } = openWriter()
  for (let n = 0; n < 100; n++) writer.append(call(`call-${n}`))
  writer.close()
  const [name = ''] = readdirSync(writer.folder.path)
  const path = join(writer.folder.path, name)
  const bytes = readFileSync(path)
  for (let at = bytes.indexOf('call-50'); at >= 0; at = -1) bytes[at + 20] = 1
  // The length of another one is wrong.
  bytes.writeUInt32LE(4_000_000_000, bytes.indexOf('call-70') - 40)
  writeFileSync(path, bytes)
  const problems: string[] = []
  const left = openReader(writer.folder.path, { failed: ({ message }) => problems.push(message) })
  const ids = readAll(left).map(({ auditId }) => auditId)
  expect(ids).toEqual(
    range(100)
      .filter((n) => n !== 50 && n !== 70)
      .map((n) => `call-${n}`)
  )
})

test('text in a frame cannot pass for a frame', () => {
  const { writer } = openWriter()
  writer.append(frameOf('forged', { kind: 'event', meta: '{"forged":true}' }))
  const [name = ''] = readdirSync(writer.folder.path)
  const forged = readFileSync(join(writer.folder.path, name)).subarray(48)
  const other = openWriter()
  other.writer.append(frameOf('a', { body: [forged, forged, new Uint8Array(7), forged] }))
  other.writer.append(frameOf('b'))
  const path = join(other.writer.folder.path, name)
  const bytes = readFileSync(path)
  bytes.fill(0, 48, 56)
  writeFileSync(path, bytes)
  expect(named(readAll(openReader(other.writer)))).toEqual(['opened b'])
})

test('a spool of a later version is refused, and stays', () => {
  const { writer } = openWriter()
  writer.append(call('a'))
  writer.close()
  const [name = ''] = readdirSync(writer.folder.path)
  const path = join(writer.folder.path, name)
  const bytes = readFileSync(path)
  bytes.writeUInt16LE(99, 8)
  writeFileSync(path, bytes)
  const reader = openReader(writer.folder.path)
  expect(() => reader.next(1)).toThrow(expect.objectContaining({ code: 'journal_newer' }))
  expect(existsSync(path)).toBe(true)
})

test('a folder that cannot be made is an error that says what to do', () => {
  const root = join(temporaryRoot(), 'no')
  writeFileSync(join(root, '../..', 'spool'), '')
  expect(() => openWriter({ root })).toThrow(
    expect.objectContaining({ code: 'journal_unavailable', message: expect.stringContaining(root) })
  )
})

function call(auditId: string) {
  return frameOf(auditId, { kind: 'event', body: ['x'.repeat(KIB)] })
}

function bytesOf(frame: CarriedFrame | undefined): Uint8Array {
  return frame?.body ?? new Uint8Array()
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}
