import { defineExporter } from '@slm-audit/core'
import { openPostgresReader } from '@slm-audit/postgres'
import { collectingLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { CuttingProxy } from './cutting-proxy.ts'
import { hasPooler, Pooler } from './pooler.ts'
import { TestServer } from './server.ts'
import { freshPlace, openJournal } from './support.ts'

const addressOf = (port: number) => `postgres://audit@127.0.0.1:${port}/postgres`

async function record(log: ReturnType<typeof collectingLog>['log'], words: string, count: number) {
  for (let at = 0; at < count; at++) {
    await log.record(
      { operation: 'chat', provider: 'test', input: `${words} ${at}` },
      async () => at
    )
  }
}

async function reportOn(place: Parameters<typeof openPostgresReader>[0]) {
  await using reader = await openPostgresReader(place)
  const { items } = await reader.query({}, { limit: 200, complete: true })
  return { calls: items.length, ...(await reader.verify()) }
}

test('a replica is read, and once it is promoted the log goes on there where it was', async () => {
  await using primary = await TestServer.start()
  await using standby = await primary.standby('replica')
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = 'replica'`)
  await primary.query('SELECT pg_reload_conf()')
  await using proxy = new CuttingProxy(primary.port)
  const place = { ...freshPlace(primary), url: addressOf(await proxy.listen()) }
  const { log, journal } = collectingLog(await openJournal(place), { deadlineMs: 60_000 })
  await record(log, 'before', 20)
  await log.flush()
  const replica = { url: standby.url, schema: place.schema }
  // A replica shows what is durable there a moment later.
  await expect.poll(async () => (await reportOn(replica).catch(() => undefined))?.calls).toBe(20)
  expect((await reportOn(replica)).flaw).toBeUndefined()

  await primary.kill()
  await record(log, 'meanwhile', 20)
  await standby.query('SELECT pg_promote()')
  proxy.port = standby.port
  proxy.cut()
  await record(log, 'after', 20)
  const flushed = () =>
    log.flush().then(
      () => true,
      () => false
    )
  await expect.poll(flushed).toBe(true)
  await log.close()
  await journal[Symbol.asyncDispose]()
  const report = await reportOn(replica)
  expect(report).toMatchObject({ calls: 60, openCalls: 0, lostRecords: 0, strays: 0 })
  expect(report.flaw).toBeUndefined()
})

test.runIf(hasPooler())(
  'several writers and readers share two connections of PgBouncer',
  async () => {
    await using server = await TestServer.start()
    await using pooler = await Pooler.start(server.port)
    const place = { ...freshPlace(server), url: addressOf(pooler.port) }
    await (await openJournal(place))[Symbol.asyncDispose]()
    const logs = await Promise.all(
      Array.from({ length: 3 }, async () => collectingLog(await openJournal(place)))
    )
    // No notice comes through a pooler: who waits for records looks by time.
    using watch = logs[0]?.journal.watch?.(() => undefined)
    let delivered = 0
    const exporter = defineExporter({
      name: 'counts',
      export: (batch) => {
        delivered += batch.filter(({ header }) => header.includes('"stage":"complete"')).length
      }
    })
    logs[0]?.log.addExporter(exporter)
    await Promise.all(logs.map(({ log }, at) => record(log, `writer ${at}`, 20)))
    await Promise.all(logs.map(({ log }) => log.flush()))
    const read = await Promise.all([reportOn(place), reportOn(place), reportOn(place)])
    expect(read.map(({ calls, flaw }) => [calls, flaw])).toEqual(read.map(() => [60, undefined]))
    await expect.poll(() => delivered).toBe(60)
    expect(watch).toMatchObject({ isLive: false })
    for (const { log, journal, problems } of logs) {
      await log.close()
      await journal[Symbol.asyncDispose]()
      expect(problems).toEqual([])
    }
  }
)
