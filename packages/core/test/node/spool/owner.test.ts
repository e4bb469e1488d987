import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, renameSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { DeadSpools, touchSpool } from '../../../src/node/spool/index.ts'
import { formatOwner, livenessOf, parseOwner, thisThread } from '../../../src/node/spool/owner.ts'
import { frameOf, openReader, openWriter, readAll, temporaryRoot } from './support.ts'

const isLinux = process.platform === 'linux'

test('an owner is written and read', () => {
  const here = thisThread()
  expect(parseOwner(formatOwner(here))).toEqual(here)
  for (const text of ['', 'x', 'abcdefghn1p2t3', `${formatOwner(here)}x`, '../../etc']) {
    expect(parseOwner(text)).toBeUndefined()
  }
})

test.runIf(isLinux)('a thread that runs is told from one that has its ids again', () => {
  const here = thisThread()
  expect(livenessOf(here)).toBe('alive')
  expect(livenessOf({ ...here, start: '1' })).toBe('dead')
  expect(livenessOf({ ...here, pid: 2 ** 22 - 1 })).toBe('dead')
})

test('nobody can tell of a process of another machine or container', () => {
  const here = thisThread()
  expect(livenessOf({ ...here, machine: '00000000' })).toBe('unknown')
  expect(livenessOf({ ...here, namespace: '1' })).toBe('unknown')
})

test('without the times of processes one that runs may be another, and one that does not is dead', () => {
  const here = { ...thisThread(), thread: 0, start: '0' }
  const { pid = 0 } = spawnSync(process.execPath, ['-e', '0'])
  expect(livenessOf(here)).toBe('unknown')
  expect(livenessOf({ ...here, pid })).toBe('dead')
})

test('the spool of a log that is open is nobody else’s, nor is one that closed within reach', () => {
  const root = temporaryRoot()
  const { writer } = openWriter({ root })
  writer.append(frameOf('a'))
  expect(new DeadSpools(root).take()).toEqual([])
})

test('a spool that was left is free at once, also for the thread that left it', () => {
  const root = temporaryRoot()
  const { writer } = openWriter({ root })
  writer.append(frameOf('a'))
  expect(writer.close()).toBe(0)
  writer.leave()
  const [taken] = new DeadSpools(root).take()
  expect(taken?.id).toBe(writer.folder.id)
  expect(readAll(openReader(taken?.path ?? ''))).toHaveLength(1)
  expect(new DeadSpools(root).take()).toEqual([])
})

test('of several that take over at once, each spool goes to one', async () => {
  const root = temporaryRoot()
  const ids = Array.from({ length: 30 }, () => {
    const { writer } = openWriter({ root })
    writer.close()
    writer.leave()
    return writer.folder.id
  })
  const gate = new SharedArrayBuffer(4)
  const program = new URL('programs/taking.ts', import.meta.url)
  const workers = [1, 2, 3].map(() => new Worker(program, { workerData: { root, gate } }))
  onTestFinished(() => void workers.map((worker) => worker.terminate()))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const answers = workers.map((worker) => once(worker, 'message'))
  Atomics.store(new Int32Array(gate), 0, 1)
  Atomics.notify(new Int32Array(gate), 0)
  const taken = (await Promise.all(answers)).flat(2)
  expect(taken.toSorted()).toEqual(ids.toSorted())
})

test('a spool of another container is taken over once nothing in it changes any more', () => {
  const { root, path } = foreignSpool()
  let at = 0
  const watching = new DeadSpools(root, undefined, () => at)
  expect(watching.take()).toEqual([])
  at += 50_000
  expect(watching.take()).toEqual([])
  touchSpool(path)
  expect(watching.take()).toEqual([])
  at += 50_000
  expect(watching.take()).toEqual([])
  at += 15_000
  expect(watching.take()).toHaveLength(1)
})

test('a spool of another container that is old is taken over at once', () => {
  const { root, path } = foreignSpool()
  const old = new Date(Date.now() - 3_600_000)
  for (const name of readdirSync(path)) utimesSync(join(path, name), old, old)
  utimesSync(path, old, old)
  expect(new DeadSpools(root).take()).toHaveLength(1)
})

test('what else is in the folder of spools stays', () => {
  const root = temporaryRoot()
  expect(new DeadSpools(root).take()).toEqual([])
  const { writer } = openWriter({ root })
  renameSync(writer.folder.path, join(root, 'something'))
  expect(new DeadSpools(root).take()).toEqual([])
  expect(readdirSync(root)).toEqual(['something'])
})

/** The spool of a process in another namespace. */
function foreignSpool() {
  const root = temporaryRoot()
  const { writer } = openWriter({ root })
  writer.append(frameOf('a'))
  const owner = formatOwner({ ...thisThread(), namespace: '7' })
  const path = join(root, `${writer.folder.id}.${owner}`)
  renameSync(writer.folder.path, path)
  return { root, path }
}
