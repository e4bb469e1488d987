import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuditLog, defineExporter } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { fileExporter, fileJournal, openLogSource } from '@slm-audit/file'
import { expect, test } from 'vitest'
import { waitingExporters } from '../src/upkeep/exporters-behind.ts'
import { collect, freshPath, makeCalls } from './support.ts'

test('a log in files is copied to files; a restart goes on where it was', async () => {
  const [directory, copy] = [freshPath(), freshPath()]
  const delivered: number[] = []
  for (let time = 0; time < 2; time++) {
    const counter = defineExporter({
      name: 'counter',
      export: async (batch) => {
        delivered.push(...batch.map(({ index }) => index))
      }
    })
    const log = createAuditLog({
      journal: await fileJournal({ directory, rotate: { bytes: 9_000 }, compression: 'zstd' }),
      platform: nodePlatform(),
      deadlineMs: 60_000,
      exporters: [counter, fileExporter({ directory: copy, compression: 'gzip' })]
    })
    await makeCalls(log, 20)
    await log.flush()
    await log.close()
  }
  const source = await openLogSource(directory)
  const records = await collect(source.records())
  expect(records.length).toBeGreaterThan(84)
  const places = records.map(({ index }) => index)
  expect(delivered).toEqual(places.slice(0, delivered.length))
  const copied = await openLogSource(copy)
  expect((await copied.verify()).flaw).toBeUndefined()
  const same = await collect(copied.records())
  expect(same).toEqual(records.slice(0, same.length))
  expect(records.length - same.length).toBeLessThan(3)
})

test('an exporter that never answers leaves nothing in the spool when the log closes', async () => {
  const directory = freshPath()
  const problems: string[] = []
  const log = createAuditLog({
    journal: await fileJournal({ directory }),
    platform: nodePlatform(),
    deadlineMs: 2_000,
    exporters: [
      defineExporter({ name: 'hung', export: () => new Promise<undefined>(() => undefined) })
    ],
    onProblem: ({ message }) => problems.push(message)
  })
  await makeCalls(log, 5)
  await log.close()
  expect(problems.filter((message) => message.includes('calls wait'))).toEqual([])
  expect(existsSync(join(directory, 'spool'))).toBe(false)
})

test('an exporter whose cursor is empty may have delivered nothing, so that retention waits for it', () => {
  const directory = freshPath()
  mkdirSync(directory)
  writeFileSync(join(directory, 'exporter-empty.json'), '')
  const state = { state: { next: 7 }, setAside: [] }
  writeFileSync(join(directory, 'exporter-through.json'), JSON.stringify(state))
  expect(waitingExporters(directory, 7)).toEqual([{ name: 'empty', next: 0 }])
})
