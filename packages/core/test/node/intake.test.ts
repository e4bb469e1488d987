import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Intake } from '../../src/node/intake/intake.ts'
import { SpoolReader } from '../../src/node/spool/index.ts'
import { FakeEvidence, fail, follow, ignore, logOn } from './intake-support.ts'
import { faultyFiles } from './spool/faulty-files.ts'
import { openWriter, temporaryRoot } from './spool/support.ts'

const chat = { operation: 'chat', provider: 'test' } as const

test('each call becomes evidence once, whatever fails or dies on the way', async () => {
  for (const fault of ['before', 'after'] as const) {
    for (let at = 1; at < 12; at++) {
      const { writer } = openWriter({ segmentBytes: 20_000 })
      const evidence = new FakeEvidence((count) => (count === at ? fault : undefined))
      let intake = follow(writer, evidence)
      const log = logOn(writer)
      const open = log.open({ ...chat, input: 'open all the time' })
      for (let n = 0; n < 60; n++) {
        await log.record({ ...chat, input: `${n} ${'x'.repeat(900)}` }, async () =>
          'y'.repeat(5_000)
        )
        if (n % 20 !== 0) continue
        await intake.flush().catch(() => undefined)
        // The journal's thread dies, with all that it knows.
        intake.stop()
        intake = follow(writer, evidence)
      }
      open.complete({ output: 1 })
      await expect
        .poll(() =>
          intake.flush().then(
            () => true,
            () => false
          )
        )
        .toBe(true)
      intake.stop()
      expect(evidence.stages()).toEqual({ received: 61, complete: 61 })
    }
  }
})

test('a record that can never be stored is counted, and holds up no other', async () => {
  const { writer } = openWriter()
  const evidence = new FakeEvidence(() => undefined, 'odd')
  const intake = follow(writer, evidence)
  const log = logOn(writer)
  for (const input of ['before', 'odd', 'after']) log.open({ ...chat, input }).complete({})
  await intake.flush()
  expect(evidence.lost()).toBe(1)
  expect(evidence.stages()).toEqual({ received: 2, complete: 3, event: 1 })
})

test('a spool that cannot be read is told of once, tried less and less often, and taken in once it can be', async () => {
  const { writer } = openWriter()
  const read = vi.spyOn(SpoolReader.prototype, 'next').mockImplementation(() => {
    throw new Error('EACCES: permission denied')
  })
  onTestFinished(() => read.mockRestore())
  const evidence = new FakeEvidence()
  const failed: string[] = []
  const began = performance.now()
  const intake = follow(writer, evidence, failed)
  logOn(writer).open(chat).complete({})
  await expect.poll(() => read.mock.calls.length, { timeout: 20_000 }).toBeGreaterThan(4)
  expect(performance.now() - began).toBeGreaterThan(1_000)
  expect(failed).toEqual([expect.stringContaining('EACCES')])
  expect(evidence.count).toBe(0)
  read.mockRestore()
  await intake.flush()
  expect(evidence.stages()).toEqual({ received: 1, complete: 1 })
})

test('frames that were damaged are counted with their time, once, and the others become evidence', async () => {
  const { writer } = openWriter()
  const log = logOn(writer)
  for (let n = 0; n < 50; n++) log.open({ ...chat, input: `call-${n}.` }).complete({ output: n })
  const [name = ''] = readdirSync(writer.folder.path)
  const path = join(writer.folder.path, name)
  const bytes = readFileSync(path)
  for (const n of [10, 11, 30]) bytes.write('!', bytes.indexOf(`call-${n}.`))
  writeFileSync(path, bytes)
  const evidence = new FakeEvidence()
  const failed: string[] = []
  let intake = follow(writer, evidence, failed)
  await intake.flush()
  intake.stop()
  intake = follow(writer, evidence, failed)
  await intake.flush()
  expect(evidence.lost()).toBe(3)
  expect(evidence.stages()).toMatchObject({ received: 47, complete: 50 })
})

test('what was lost as its disk was full when a log closed is counted by whoever takes in the rest', async () => {
  const root = temporaryRoot()
  let isFull = false
  const { files } = faultyFiles((name) =>
    isFull && name.startsWith('write') ? 'fails before' : undefined
  )
  const { writer, lost } = openWriter({ root, files })
  const log = logOn(writer)
  await log.record({ ...chat, input: 'before' }, async () => 'answer')
  isFull = true
  const began = Date.now()
  for (const input of ['a', 'b', 'c']) log.open({ ...chat, input }).complete({})
  expect(writer.close()).toBe(6)
  writer.leave()
  expect(lost).toHaveLength(6)
  const evidence = new FakeEvidence()
  // What whoever is killed leaves between the gap and the removal of the folder.
  const left = temporaryRoot()
  cpSync(root, left, { recursive: true })
  for (const each of [root, root, left]) {
    const intake = new Intake(each, evidence, { stored: ignore, failed: fail, idle: ignore })
    onTestFinished(() => intake.stop())
    await intake.takenOver()
  }
  expect(evidence.stages()).toEqual({ received: 1, complete: 1, event: 1 })
  expect(evidence.lost()).toBe(6)
  expect(Date.parse(evidence.lostSince())).toBeGreaterThanOrEqual(began)
})

test('what a dead thread left is taken in, and its open calls are abandoned with what had come', async () => {
  const root = temporaryRoot()
  const { writer } = openWriter({ root })
  const log = logOn(writer)
  await log.record({ ...chat, input: 'whole' }, async () => 'answer')
  log.open({ ...chat, input: 'left open' })
  writer.close()
  writer.leave()
  const evidence = new FakeEvidence()
  const intake = new Intake(root, evidence, {
    stored: ignore,
    failed: fail,
    idle: ignore
  })
  onTestFinished(() => intake.stop())
  await intake.takenOver()
  expect(evidence.stages()).toEqual({ received: 2, complete: 1, abandoned: 1 })
  expect(evidence.places.size).toBe(0)
  expect(evidence.isAbandoned).toBe(true)
})

test('what comes into the log long after it happened says when, however it waited', async () => {
  const from = Date.now()
  const hour = 3_600_000
  const { writer } = openWriter()
  const evidence = new FakeEvidence()
  const log = logOn(writer)
  const clock = vi.spyOn(Date, 'now')
  onTestFinished(() => clock.mockRestore())
  const callAt = (at: number) => {
    clock.mockReturnValue(at)
    log.open(chat).complete({})
  }
  callAt(from - hour)
  // A thread that takes over where one has died does not know how long it has waited.
  clock.mockReturnValue(from)
  const intake = follow(writer, evidence)
  await intake.flush()
  expect(evidence.sealedAt()).toEqual([new Date(from).toISOString()])
  // Read as it happens: it is the clock that was set back.
  callAt(from - hour)
  clock.mockReturnValue(from)
  await intake.flush()
  expect(evidence.sealedAt()).toEqual([new Date(from).toISOString(), undefined])
  intake.stop()
})

test('what waited in memory says when it came into the log', async () => {
  const from = Date.now()
  const { writer } = openWriter({ level: 'memory' })
  const evidence = new FakeEvidence()
  const intake = follow(writer, evidence)
  await intake.flush()
  const log = logOn(writer)
  const clock = vi.spyOn(Date, 'now').mockReturnValue(from - 60_000)
  onTestFinished(() => clock.mockRestore())
  log.open(chat).complete({})
  clock.mockReturnValue(from)
  await writer.written()
  await intake.flush()
  expect(evidence.sealedAt()).toEqual([new Date(from).toISOString()])
  intake.stop()
})

test('records are stored many at a time, and at once when somebody asks', async () => {
  const { writer } = openWriter()
  const evidence = new FakeEvidence()
  const intake = follow(writer, evidence)
  const log = logOn(writer)
  for (let n = 0; n < 200; n++) await log.record({ ...chat, input: `${n}` }, async () => n)
  await intake.flush()
  expect(evidence.stages()).toEqual({ received: 200, complete: 200 })
  expect(evidence.count).toBeLessThan(6)
})
