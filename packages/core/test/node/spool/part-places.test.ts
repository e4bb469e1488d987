import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AnswerRoom } from '../../../src/recording/answer-room.ts'
import type { CarriedFrame } from '../../../src/recording/frame.ts'
import { frameOf, openReader, openWriter, readAll } from './support.ts'

const KIB = 1024
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const secret = new Uint8Array(32).fill(5)

test.each([
  ['plain', {}, {}],
  ['encrypted', { key: { secret, wrapped: new Uint8Array([1]) } }, { secret }]
])(
  'parts of open calls can be read again, %s, also once they were carried over',
  async (_, writing, reading) => {
    const { writer } = openWriter({ segmentBytes: 200 * KIB, ...writing })
    const reader = openReader(writer, reading)
    const bodies = Array.from({ length: 24 }, () => new Uint8Array(randomBytes(40 * KIB)))
    const parts: CarriedFrame[] = []
    for (const call of ['a', 'b']) writer.append(frameOf(call, { shared: ['{"log":1}'] }))
    for (const [at, body] of bodies.entries()) {
      writer.append(frameOf(at % 2 ? 'a' : 'b', { kind: 'part', meta: '', body: [body] }))
      // Where the disk is slow, frames wait.
      await writer.written()
      parts.push(...readAll(reader).filter(({ kind }) => kind === 'part'))
      reader.release(reader.place())
    }
    expect(readdirSync(writer.folder.path).some((name) => name.startsWith('carry-'))).toBe(true)
    const again = () => parts.map(({ bodyAgain }) => digestOf(bodyAgain?.() ?? new Uint8Array()))
    expect(again()).toEqual(bodies.map(digestOf))

    for (const name of readdirSync(writer.folder.path)) rmSync(join(writer.folder.path, name))
    expect(again).toThrow(/ENOENT/)
  }
)

test('answers that are coming share a room; beyond it they are read again', () => {
  const room = new AnswerRoom()
  const body = new Uint8Array(8 * 1024 * KIB)
  const again = () => body
  const part = {
    ...frameOf('a', { kind: 'part' }),
    sequence: 1,
    shared: [],
    body,
    bodyAgain: again
  }
  let held = 0
  const isHeld = () => {
    const [placed] = room.place(part, () => [{ held }])
    expect(placed === body).toBe(false)
    return placed !== again
  }
  for (held = body.length; held <= 4 * body.length; held += body.length) expect(isHeld()).toBe(true)
  expect(isHeld()).toBe(false)
  // Some of them have ended.
  held = body.length
  expect(isHeld()).toBe(true)
})
