import type { PolicyDocument } from '@slm-audit/core'
import {
  addHold,
  applyRetention,
  checkIndex,
  openReader,
  planRetention,
  type RetentionReport,
  reindex,
  sqliteExporter
} from '@slm-audit/sqlite'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { recorded, sealedIn, verdictOn } from '../conversations.ts'
import { freshFile, openLog } from '../support.ts'

const policy: PolicyDocument = {
  retention: { default: 'none', classes: { none: { contents: 'P0D', headers: 'P0D' } } },
  rules: [{ level: 'RequestResponse' }]
}

test('a copy follows, and retention waits for an exporter that is behind', async () => {
  const [file, copy] = [freshFile(), freshFile()]
  const exporters = () => [sqliteExporter({ file: copy })]
  const record = async (log: Awaited<ReturnType<typeof openLog>>['log']) => {
    for (let each = 0; each < 150; each++) {
      const request = { operation: 'chat', provider: 'test', model: 'm', input: `words ${each}` }
      await log.withContext({ session: 's' }, () => log.record(request, async () => 'answer'))
    }
    await log.close()
  }
  await record((await openLog({ file }, { exporters: exporters() })).log)
  await record((await openLog({ file })).log)
  const now = new Date(Date.now() + 1_000)
  const planned = await planRetention(file, { policy, now })
  expect(planned).toMatchObject({ expired: { records: 300 }, waiting: [{ name: 'sqlite' }] })
  await (await openLog({ file }, { exporters: exporters() })).log.close()
  const done = await applyRetention(file, { policy, now })
  expect(done).toMatchObject({ expired: { records: 600 }, pruned: { tiles: 2 }, waiting: [] })
  const { log, problems } = await openLog({ file }, { exporters: exporters() })
  await log.close()
  expect(problems.filter(({ code }) => code === 'export_failed')).toEqual([])
  const verdict = await verdictOn(copy)
  expect(verdict.flaw).toBeUndefined()
  expect(verdict.pruned).toBeGreaterThan(500)
  expect([...sealedIn(copy)].some(({ contents }) => contents.some(({ body }) => body))).toBe(false)
  // Its index follows behind; made anew it is at the end.
  await reindex(copy)
  await using reader = await openReader(copy)
  expect((await reader.search('words')).items).toEqual([])
})

test('a run that its caller ends by throwing gives its lock back, and is gone on with', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  await log.record({ operation: 'chat', provider: 'test', input: 'words' }, async () => 'answer')
  await log.close()
  const options = { policy, now: new Date(Date.now() + 1_000) }
  const onProgress = () => {
    throw new Error('nobody hears it')
  }
  await expect(applyRetention(file, { ...options, onProgress })).rejects.toThrow('nobody hears it')
  await applyRetention(file, options)
  expect(await planRetention(file, options)).toMatchObject({ expired: { records: 0 } })
  expect(
    [...sealedIn(file)].some(
      ({ header, contents }) => header.includes('"call":') && contents.some(({ body }) => body)
    )
  ).toBe(false)
})

test.each([
  ['at its beginning', 300],
  ['once the index has forgotten', 1]
])('a hold that comes during a run, %s, keeps calls that are found', async (_, calls) => {
  const file = freshFile()
  const { log } = await openLog({ file })
  for (let each = 0; each < 300; each++) {
    const request = { operation: 'chat', provider: 'test', model: 'm', input: `words ${each}` }
    await log.withContext({ user: `u-${each}` }, () => log.record(request, async () => 'answer'))
  }
  await log.close()
  await reindex(file)
  const indexed = new Database(`${file}-index`, { readonly: true })
  const left = indexed
    .prepare("SELECT count(*) FROM whole_calls WHERE kind = 'call' AND id < 256")
    .pluck()
  const hold = { incident: 'INC-7', scope: { user: 'u-3' }, reason: 'claim 12', by: 'counsel' }
  let held: Promise<void> | undefined
  const onProgress = () => {
    if (Number(left.get()) < calls) held ??= addHold(file, hold)
  }
  const options = { policy, now: new Date(Date.now() + 1_000), onProgress }
  expect(await applyRetention(file, options)).toMatchObject({
    incidents: ['INC-7'],
    pruned: { tiles: 1 }
  })
  await held
  indexed.close()
  expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
  await using reader = await openReader(file)
  expect((await reader.query({ user: 'u-3' })).items).toHaveLength(1)
  const { rows } = await reader.stats()
  expect(rows[0]?.calls).toBe((await reader.query('stage:complete', { limit: 1_000 })).items.length)
})

test('a hold that comes during a run keeps what a call shares with others that go', async () => {
  const file = freshFile()
  const { log } = await openLog({ file })
  const long = (turn: number) =>
    Array.from({ length: 80 }, (_, at) => `turn${turn}word${at}`).join(' ')
  const history: object[] = []
  for (let turn = 0; turn < 300; turn++) {
    if (turn % 30 === 0) history.push({ role: 'user', content: long(turn) })
    const request = { operation: 'chat', provider: 'test', model: 'm', input: [...history] }
    await log.withContext({ session: 's', user: `u-${turn}` }, () =>
      log.record(request, async () => 'answer')
    )
  }
  await log.close()
  await reindex(file)
  let held: Promise<void> | undefined
  const onProgress = ({ pruned }: RetentionReport) => {
    // One tile has gone; the next one is about to.
    if (pruned.tiles !== 1) return
    held ??= addHold(file, { incident: 'I', scope: { user: 'u-200' }, reason: 'r' })
  }
  const later = { policy, now: new Date(Date.now() + 1_000), onProgress }
  expect(await applyRetention(file, later)).toMatchObject({ pruned: { tiles: 1 } })
  await held
  await using reader = await openReader(file)
  const [call] = (await reader.query({ user: 'u-200' })).items
  const shown = JSON.stringify(await reader.get(call?.auditId ?? ''))
  for (const turn of [0, 90, 180]) expect(shown).toContain(`turn${turn}word79`)
  expect((await verdictOn(file)).flaw).toBeUndefined()
  expect(await checkIndex(file)).toMatchObject({ differing: [], words: [] })
})

test.each([
  ['texts', 'UPDATE texts_data SET block = zeroblob(60) WHERE id > 100'],
  [
    'a table',
    `UPDATE sqlite_schema SET sql = replace(sql, 'received_at', 'nothing_at') WHERE name = 'calls'`
  ]
])(
  'damage to %s of the index does not stop a run, and the index is made anew',
  async (_, damage) => {
    const file = await recorded(Array.from({ length: 150 }, (_, each) => `words ${each}`))
    await reindex(file)
    const index = new Database(`${file}-index`)
    index.unsafeMode(true)
    index.pragma('writable_schema = ON')
    expect(index.prepare(damage).run().changes).toBeGreaterThan(0)
    index.close()
    const options = { policy, now: new Date(Date.now() + 1_000) }
    expect(await applyRetention(file, options)).toMatchObject({ pruned: { tiles: 1 } })
    await reindex(file)
    await using reader = await openReader(file)
    expect((await reader.search('words')).items).toEqual([])
    expect((await reader.query('stage:complete')).items.length).toBeLessThan(50)
  }
)
