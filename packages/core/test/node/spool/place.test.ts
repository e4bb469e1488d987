import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { SpoolWriter } from '../../../src/node/spool/index.ts'
import { faultyFiles } from './faulty-files.ts'
import { frameOf, named, openReader, openWriter, readAll } from './support.ts'

test('who reads again from a stored place gets what was open, and what is new', () => {
  const { writer } = openWriter()
  write(writer, 'opened a', 'opened b', 'ended a', 'part b', 'event e')
  const first = openReader(writer)
  readAll(first)
  const place = first.place()
  first.release(place)
  write(writer, 'part b', 'opened c', 'ended b')
  expect(named(readAll(openReader(writer, { place })))).toEqual([
    'opened b',
    'part b',
    'event e',
    'part b',
    'opened c',
    'ended b'
  ])
})

test('what was there before reading began is marked, as it may be stored already', () => {
  const { writer } = openWriter()
  write(writer, 'event a')
  const reader = openReader(writer)
  write(writer, 'event b')
  expect(readAll(reader).map(({ again }) => again)).toEqual([true, undefined])
  writer.close()
  expect(readAll(openReader(writer.folder.path)).map(({ again }) => again)).toEqual([true, true])
})

test('a place between the frames of a batch that was not stored loses nothing', () => {
  const { writer } = openWriter()
  write(writer, 'opened a', 'ended a')
  const first = openReader(writer)
  readAll(first)
  const place = first.place()
  write(writer, 'opened b', 'ended b')
  // Read, and the thread died before what became of it was stored.
  readAll(first)
  expect(named(readAll(openReader(writer, { place })))).toEqual(['opened b', 'ended b'])
})

test('calls that stay open keep no segments, and lose nothing', () => {
  const { writer } = openWriter({ segmentBytes: 20_000 })
  let reader = openReader(writer)
  write(writer, 'opened long', 'opened other')
  let most = 0
  const read: string[] = []
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 30; n++) {
      writer.append(frameOf(`r${round}-${n}`, { kind: 'event', body: ['x'.repeat(1_000)] }))
    }
    write(writer, 'part long')
    if (round === 12) write(writer, 'ended other')
    read.push(...named(readAll(reader)))
    const place = reader.place()
    reader.release(place)
    // Each round another thread goes on.
    if (round % 3 === 0) {
      reader.close()
      reader = openReader(writer, { place })
      const again = named(readAll(reader))
      expect(again.filter((each) => each === 'opened long')).toHaveLength(1)
      expect(again.filter((each) => each === 'part long')).toHaveLength(round + 1)
      expect(again.includes('opened other')).toBe(round < 12)
    }
    most = Math.max(most, readdirSync(writer.folder.path).length)
  }
  // Without copies it would be 40 segments.
  expect(most).toBeLessThan(14)
  expect(new Set(read).size).toBe(2 + 20 * 30 + 1 + 1)
  write(writer, 'ended long')
  expect(named(readAll(reader))).toEqual(['ended long'])
  writer.rotate()
  readAll(reader)
  reader.release(reader.place())
  expect(readdirSync(writer.folder.path)).toEqual([])
})

test.each([
  ['at once', 0],
  ['once its frames were carried over', 60]
])(
  'a call that is answered before its request has come is kept until that has: %s',
  (_, events) => {
    const { writer } = openWriter({ segmentBytes: 20_000 })
    const tell = (kind: 'opened' | 'part' | 'ended', facts: object) =>
      writer.append(frameOf('a', { kind, meta: JSON.stringify(facts) }))
    let reader = openReader(writer)
    tell('opened', { isContinued: true })
    tell('part', { of: 'request' })
    tell('ended', {})
    for (let n = 0; n < events; n++) {
      writer.append(frameOf(`${n}`, { kind: 'event', body: ['x'.repeat(1_000)] }))
    }
    readAll(reader)
    // Another thread goes on.
    for (let round = 0; round < 2; round++) {
      const place = reader.place()
      reader.release(place)
      reader = openReader(writer, { place })
      expect(named(readAll(reader))).toEqual(['opened a', 'part a', 'ended a'])
    }
    tell('part', { of: 'request', isLast: true })
    expect(named(readAll(reader))).toEqual(['part a'])
    expect(named(readAll(openReader(writer, { place: reader.place() })))).toEqual([])
    writer.rotate()
    readAll(reader)
    reader.release(reader.place())
    expect(readdirSync(writer.folder.path)).toEqual([])
  }
)

test('frames are carried over where the next segment is not begun yet', () => {
  const { writer } = openWriter({ segmentBytes: 20_000 })
  const reader = openReader(writer)
  write(writer, 'opened a')
  for (let n = 0; n < 100; n++) {
    writer.append(frameOf(`${n}`, { kind: 'event', body: ['x'.repeat(1_000)] }))
  }
  writer.rotate()
  readAll(reader)
  const place = reader.place()
  reader.release(place)
  expect(readdirSync(writer.folder.path)).toEqual(['carry-1.frames'])
  expect(named(readAll(openReader(writer, { place })))).toEqual(['opened a'])
})

test('what is left of a call whose beginning was lost keeps no segments', () => {
  const { writer } = openWriter({ segmentBytes: 20_000 })
  const reader = openReader(writer)
  write(writer, 'part a', 'ended a', 'part a')
  for (let n = 0; n < 100; n++) {
    writer.append(frameOf(`${n}`, { kind: 'event', body: ['x'.repeat(1_000)] }))
  }
  expect(named(readAll(reader)).slice(0, 3)).toEqual(['part a', 'ended a', 'part a'])
  writer.rotate()
  readAll(reader)
  reader.release(reader.place())
  expect(readdirSync(writer.folder.path)).toEqual([])
})

test('a frame that is there twice, as a write failed that had written, is carried over once', async () => {
  const key = { secret: new Uint8Array(32).fill(7), wrapped: new Uint8Array([1]) }
  let isFailing = false
  const { files } = faultyFiles((name) =>
    isFailing && name === 'writeSync' ? 'fails after' : undefined
  )
  const { writer } = openWriter({ segmentBytes: 20_000, key, files })
  const reader = openReader(writer, { secret: key.secret })
  write(writer, 'opened a')
  isFailing = true
  write(writer, 'part a')
  isFailing = false
  await writer.written()
  for (let n = 0; n < 100; n++) {
    writer.append(frameOf(`${n}`, { kind: 'event', body: ['x'.repeat(1_000)] }))
  }
  readAll(reader)
  const place = reader.place()
  reader.release(place)
  expect(readdirSync(writer.folder.path).some((name) => name.startsWith('carry-'))).toBe(true)
  const again = readAll(openReader(writer, { place, secret: key.secret }))
  expect(named(again)).toEqual(['opened a', 'part a'])
})

test('a large answer that is still coming is copied once, not once for each segment', () => {
  const { writer } = openWriter({ segmentBytes: 20_000 })
  const reader = openReader(writer)
  write(writer, 'opened long')
  for (let n = 0; n < 200; n++) {
    writer.append(frameOf('long', { kind: 'part', body: ['y'.repeat(4_000)] }))
    readAll(reader)
    reader.release(reader.place())
  }
  const place = reader.place()
  const again = readAll(openReader(writer, { place }))
  expect(again).toHaveLength(201)
  expect(again.map(({ sequence }) => sequence)).toEqual([...again.keys()].map((at) => at + 1))
  expect(writer.state.carriedBytes).toBeLessThan(1_000_000)
})

test('a text that is not a place is the start', () => {
  const { writer } = openWriter()
  write(writer, 'event a')
  for (const place of ['', 'nonsense', '{}', '{"at":[1],"from":0,"carried":[]}', 'null']) {
    expect(named(readAll(openReader(writer, { place })))).toEqual(['event a'])
  }
})

/** Appends frames, each given by kind and auditId. */
function write(writer: SpoolWriter, ...frames: readonly string[]): void {
  for (const frame of frames) {
    const [kind, auditId = ''] = frame.split(' ')
    writer.append(frameOf(auditId, { kind: kind as 'opened', shared: ['{"shared":1}'] }))
  }
}
