import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { newPrivateKey } from '@slm-audit/core/node'
import { formatVerifierKey, parseTrustPolicy } from '@slm-audit/core/tlog'
import { describe, expect, test } from 'vitest'
import { collectingLog } from '../../fakes/collecting-log.ts'
import type { KeyRotationSubject, RotatedStore } from './key-rotation-subject.ts'

/**
 * Proves that a store changes the key that signs its log: both keys sign for the change, writers that are open go on with the new
 * one, and no key that the log has is ever lost, whoever is killed and however many change it at once.
 */
export function testKeyRotation(subject: KeyRotationSubject): void {
  describe(`the signing key of ${subject.name}`, () => {
    const storing = (run: (store: RotatedStore) => Promise<void>) => async () => {
      await using store = await subject.make()
      await record(store)
      await run(store)
    }
    test(
      'is changed, and whoever believes the old key or the new one believes the log',
      storing(changes)
    )
    test(
      'is changed beside an application that writes, which goes on with it',
      storing(changesBeside)
    )
    test('is changed again, one after the other and several at once', storing(changesAtOnce))
    test(
      'takes its place at the next opening where a change was cut short',
      storing(finishesAtOpening)
    )
    test('is kept by the next run where a change was cut short', storing(finishesByRun))
    test('is not taken from a draft that the log never had', storing(ignoresDraft))
    test('of another log, or none, is refused and changes nothing', storing(refuses))
  })
}

async function changes(store: RotatedStore): Promise<void> {
  const before = await keysOf(store)
  const old = readFileSync(store.keyFile, 'utf8')
  const { key } = await store.rotate()
  expect(await keysOf(store)).toEqual([...before, formatVerifierKey(key)])
  expect(readFileSync(store.keyFile, 'utf8')).not.toBe(old)
  expect(existsSync(`${store.keyFile}.next`)).toBe(false)
  await using reader = await store.read()
  const { length: signatures } = ((await reader.checkpoint()) ?? '').match(/^\u2014 /gm) ?? []
  expect(signatures).toBe(2)
  for (const each of await keysOf(store)) {
    const policy = parseTrustPolicy(`log ${each}\nquorum none`)
    expect((await reader.verify({ against: { policy } })).outside?.by).toBe('key')
  }
  expect(await record(store)).toEqual([])
  await verifies(store)
}

async function changesBeside(store: RotatedStore): Promise<void> {
  const { log, journal, problems } = collectingLog(await store.open())
  await log.record(CALL, async () => 'before')
  await log.flush()
  await store.rotate()
  await log.record(CALL, async () => 'behind')
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  await verifies(store)
}

async function changesAtOnce(store: RotatedStore): Promise<void> {
  await store.rotate()
  const all = await Promise.all([store.rotate(), store.rotate(), store.rotate()])
  const keys = await keysOf(store)
  expect(keys).toHaveLength(5)
  expect(new Set(all.map(({ key }) => formatVerifierKey(key)))).toEqual(new Set(keys.slice(2)))
  expect(await record(store)).toEqual([])
  await verifies(store)
}

/** A change that was killed before the new key took the place of the old one. */
async function cutShort({ keyFile, rotate }: RotatedStore): Promise<void> {
  copyFileSync(keyFile, `${keyFile}.before`)
  await rotate()
  renameSync(keyFile, `${keyFile}.next`)
  renameSync(`${keyFile}.before`, keyFile)
}

async function finishesAtOpening(store: RotatedStore): Promise<void> {
  await cutShort(store)
  const next = readFileSync(`${store.keyFile}.next`, 'utf8')
  expect(await record(store)).toEqual([])
  expect(readFileSync(store.keyFile, 'utf8')).toBe(next)
  expect(existsSync(`${store.keyFile}.next`)).toBe(false)
  expect(await record(store)).toEqual([])
  await verifies(store)
}

async function finishesByRun(store: RotatedStore): Promise<void> {
  await cutShort(store)
  const next = readFileSync(`${store.keyFile}.next`, 'utf8')
  const before = await keysOf(store)
  const { key } = await store.rotate()
  // The key that the log has already, and no other.
  expect(readFileSync(store.keyFile, 'utf8')).toBe(next)
  expect(formatVerifierKey(key)).toBe(before.at(-1))
  expect(await keysOf(store)).toEqual(before)
  expect(await record(store)).toEqual([])
  await verifies(store)
}

async function ignoresDraft(store: RotatedStore): Promise<void> {
  const [origin = ''] = (await keysOf(store)).map((key) => key.split('+')[0])
  const draft = newPrivateKey(origin)
  writeFileSync(`${store.keyFile}.next`, `${draft}\n`, { mode: 0o600 })
  expect(await record(store)).toEqual([])
  await store.rotate()
  expect(readFileSync(store.keyFile, 'utf8').trim()).not.toBe(draft)
  expect(await keysOf(store)).toHaveLength(2)
  expect(await record(store)).toEqual([])
  await verifies(store)
}

async function refuses(store: RotatedStore): Promise<void> {
  const before = await keysOf(store)
  const old = readFileSync(store.keyFile, 'utf8')
  const [origin = ''] = before.map((key) => key.split('+')[0])
  for (const text of [newPrivateKey('example.com/other'), newPrivateKey(origin), 'nothing']) {
    writeFileSync(store.keyFile, text)
    await expect(store.rotate()).rejects.toMatchObject({ code: 'bad_key' })
  }
  writeFileSync(store.keyFile, old)
  expect(await keysOf(store)).toEqual(before)
  expect(await record(store)).toEqual([])
  await verifies(store)
}

const CALL = { operation: 'chat', provider: 'test', input: 'words' }

/** Records a call, and resolves to what the log told. */
async function record(store: RotatedStore): Promise<string[]> {
  const { log, journal, problems } = collectingLog(await store.open())
  await log.record(CALL, async () => 'aye')
  await log.close()
  await journal[Symbol.asyncDispose]()
  return problems.map(String)
}

/** The keys of the log, the oldest first, as its records give them. */
async function keysOf(store: RotatedStore): Promise<readonly string[]> {
  await using reader = await store.read()
  return await reader.keys()
}

/** Nothing is wrong with the log, and all of it is signed by the key that it has. */
async function verifies(store: RotatedStore): Promise<void> {
  await using reader = await store.read()
  const { flaw, unsigned, signedLate, keys } = await reader.verify()
  expect({ flaw, unsigned, signedLate }).toEqual({ flaw: undefined, unsigned: 0, signedLate: [] })
  const policy = parseTrustPolicy(`log ${keys.at(-1)}\nquorum none`)
  expect((await reader.verify({ against: { policy } })).outside?.by).toBe('key')
}
