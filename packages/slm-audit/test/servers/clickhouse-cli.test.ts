import { clickhouseExporter } from '@slm-audit/clickhouse'
import { memoryJournal } from '@slm-audit/core'
import { collectingLog } from '@slm-audit/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { hasChdb, TestServer } from '../../../exporters/clickhouse/test/chdb.ts'
import { copyPlace } from '../../src/base/log-address.ts'
import { cli } from '../run.ts'
import { ViewerProcess } from './viewer-process.ts'

test('the address of a copy says where it is, by https but on this machine', () => {
  const [host, here] = [
    'clickhouse://ch.example.com:8443/audit?table=shop',
    'clickhouse://localhost:8123'
  ]
  expect(copyPlace(host)).toMatchObject({
    url: 'https://ch.example.com:8443',
    database: 'audit',
    table: 'shop'
  })
  expect(copyPlace(here)).toMatchObject({ url: 'http://localhost:8123' })
  expect(() => copyPlace('clickhouse://u:p@h/x')).toThrow(/CLICKHOUSE_USER and CLICKHOUSE_PASSWORD/)
  expect(() => copyPlace('clickhouse://')).toThrow(/a copy is at clickhouse:\/\/host/)
})

describe.runIf(hasChdb())('a copy in ClickHouse', async () => {
  const server = await TestServer.start()
  afterAll(() => server[Symbol.asyncDispose]())
  const file = `clickhouse://${new URL(server.url).host}?table=shop`
  const { log, journal } = collectingLog(memoryJournal())
  await log.withContext({ user: 'u-1', session: 'S-1' }, async () => {
    for (const input of ['Where is my refund?', 'And my parcel?']) {
      const request = { operation: 'chat', provider: 'test', model: 'm-1', input }
      await log.record(request, async () => 'on its way')
    }
  })
  await log.flush()
  await using exporter = clickhouseExporter({ url: server.url, table: 'shop' })
  await exporter.export(journal.records, new AbortController().signal)

  test('is listed, searched, counted and shown as a log is', async () => {
    expect((await cli('list', '-f', file)).out).toMatch(/m-1/)
    expect((await cli('search', 'refund', '-f', file)).out).toMatch(/\[refund\]/)
    expect((await cli('stats', '-f', file, '--jsonl')).out).toMatch(/"calls":2/)
    expect((await cli('session', 'S-1', '-f', file)).out).toMatch(/refund/)
    expect((await cli('show', 'last', '-f', file)).out).toMatch(/And my parcel\?/)
    expect((await cli('sessions', '-f', file)).out).toMatch(/S-1/)
    expect((await cli('compare', '--by', 'user', 'u-1', 'u-2', '-f', file)).code).toBe(0)
    expect((await cli('anomalies', '-f', file)).code).toBe(0)
  })

  test('is shown in the viewer as a copy, with nothing said of signatures', async () => {
    await using viewer = await ViewerProcess.open('-f', file)
    expect(await viewer.ask('/api/log')).toMatchObject({ isCopy: true, canAnnotate: false })
    const { items } = await viewer.ask('/api/calls?q=refund')
    const call = await viewer.ask(`/api/call?id=${items[0].index}`)
    expect(JSON.stringify(call.contents)).toContain('on its way')
    expect(call.flaw).toBeUndefined()
    const proof = await viewer.ask(`/api/proof?id=${items[0].index}`)
    expect(proof).toMatchObject({ code: 'bad_proof', problem: expect.stringMatching(/a copy/) })
  })

  test.each([
    ['verify'],
    ['prove', '1'],
    ['erase', '--user', 'u-1'],
    ['export', '--format', 'jsonl'],
    ['reindex']
  ])('is nothing that can be changed or judged: %s', async (...words) => {
    const { code, error } = await cli(...words, '-f', file)
    expect([code, error]).toEqual([2, expect.stringMatching(/copy in ClickHouse/)])
  })
})
