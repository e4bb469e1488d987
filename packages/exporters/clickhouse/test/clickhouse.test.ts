import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { createClient } from '@clickhouse/client'
import { clickhouseExporter, clickhouseSchema, openClickHouseReader } from '@slm-audit/clickhouse'
import { type Exporter, memoryJournal } from '@slm-audit/core'
import { pendingErasure } from '@slm-audit/core/journal'
import { collectingLog, sealedRecords } from '@slm-audit/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { hasChdb, TestServer } from './chdb.ts'

const REQUEST = { operation: 'chat', provider: 'test' }
const never = new AbortController().signal

describe('options', () => {
  const cases: [object, RegExp][] = [
    [{}, /give url or client, one of them/],
    [{ url: 'https://h', client: {} }, /give url or client, one of them/],
    [{ url: 'h:8123' }, /url must begin with https/],
    [{ url: 'http://h:8123' }, /would send records to h:8123 in the clear/],
    [{ url: 'https://u:p@h' }, /url holds a user or a password/],
    [{ client: 7 }, /client must be a client of @clickhouse\/client/],
    [{ url: 'https://h', table: 'a; DROP' }, /table must be a name of letters/],
    [{ url: 'https://h', database: 'a.b' }, /database must be a name of letters/],
    [{ url: 'https://h', tabel: 'x' }, /no option tabel; did you mean table\?/],
    [{ url: 'https://h', keepDays: { default: 0.5 } }, /keepDays\.default must be a whole number/],
    [{ url: 'https://h', tls: {} }, /tls needs ca, the authority to trust/],
    [{ url: 'https://h', tls: { ca: 'x', cert: 'y' } }, /tls needs cert and key together/],
    [{ url: 'https://h', tls: { authority: 'x' } }, /no option authority/],
    [{ url: 'https://h', tls: { ca: ['x'] } }, /tls\.ca must be PEM/],
    [{ url: 'https://h', keepDays: 30 }, /keepDays must be an object/],
    [{ url: 'https://h', rollups: 'hourly' }, /rollups must be true or false/]
  ]
  test.each(cases)('%j', (options, message) => {
    expect(() => clickhouseExporter(options as never)).toThrow(message)
  })
})

test('the client of ClickHouse is not loaded as an application starts', async () => {
  const program = `
    import { createRequire } from 'node:module'
    import { clickhouseExporter } from '@slm-audit/clickhouse'
    const loaded = () =>
      Object.keys(createRequire(process.cwd() + '/').cache).some((file) => file.includes('@clickhouse'))
    await using exporter = clickhouseExporter({ url: 'http://127.0.0.1:1' })
    const atFirst = loaded()
    const { status } = await exporter.export([], new AbortController().signal)
    console.log(atFirst, status, loaded())`
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  expect(stdout.trim()).toBe('false retry true')
})

test('certificates of its own reach a server that asks for them', async () => {
  const pem = (name: string) =>
    readFileSync(new URL(`../../webhook/test/certificates/${name}.pem`, import.meta.url))
  const seen: unknown[] = []
  const server = createServer(
    { cert: pem('server'), key: pem('server.key'), ca: pem('authority'), requestCert: true },
    (request, response) => {
      seen.push((request.socket as TLSSocket).getPeerCertificate().subject.CN)
      request.resume().on('end', () => response.writeHead(200).end())
    }
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const tls = { ca: pem('authority'), cert: pem('client'), key: pem('client.key') }
  await using stranger = clickhouseExporter({ url })
  expect(await stranger.export([], never)).toMatchObject({ status: 'retry' })
  expect(seen).toEqual([])
  await using exporter = clickhouseExporter({ url, tls })
  await exporter.export([], never)
  expect(seen[0]).toBe('client')
  server.close()
})

describe.runIf(hasChdb())('a copy in ClickHouse', async () => {
  const server = await TestServer.start()
  afterAll(() => server[Symbol.asyncDispose]())
  let tables = 0
  const freshPlace = () => ({ url: server.url, table: `own_${tables++}` })
  const ask = async (sql: string) => {
    const response = await fetch(server.url, { method: 'POST', body: sql })
    return (await response.text()).trim()
  }

  /** Records calls, delivers all of them, and keeps the journal open. */
  async function delivered(exporter: Exporter, record: Parameters<typeof recorded>[0]) {
    const journal = await recorded(record)
    expect(await exporter.export(journal.records, never)).toEqual({ status: 'stored' })
    return journal
  }

  async function recorded(
    record: (log: ReturnType<typeof collectingLog>['log']) => Promise<unknown>
  ) {
    const { log, journal } = collectingLog(memoryJournal({ origin: 'test' }))
    await record(log)
    await log.flush()
    return journal
  }

  test('keeps figures by the hour, in which what is delivered twice counts once', async () => {
    const place = { ...freshPlace(), database: 'rolled' }
    await ask('CREATE DATABASE rolled ENGINE = Atomic')
    await using exporter = clickhouseExporter({ ...place, rollups: true })
    const { records } = await recorded(async (log) => {
      for (const model of ['m-1', 'm-1', 'm-2']) {
        await log.record({ ...REQUEST, model, input: 'x' }, async () => 'y')
      }
    })
    for (const batch of [records, records.slice(2), records]) {
      expect(await exporter.export(batch, never)).toEqual({ status: 'stored' })
    }
    const view = `rolled.${place.table}_hours`
    await ask(`SYSTEM REFRESH VIEW ${view}`)
    await ask(`SYSTEM WAIT VIEW ${view}`)
    const found =
      await ask(`SELECT model, sum(calls), sum(errors), length(quantilesMerge(0.5, 0.95, 0.99)(duration_ms))
      FROM ${view} GROUP BY model ORDER BY model FORMAT TSV`)
    expect(found.split('\n')).toEqual(['m-1\t2\t0\t3', 'm-2\t1\t0\t3'])
    await using next = clickhouseExporter({ ...place, rollups: true })
    expect(await next.export(records, never)).toEqual({ status: 'stored' })
    const { url: _, ...named } = place
    expect(clickhouseSchema({ ...named, rollups: true })).toContain(`VIEW IF NOT EXISTS ${view}`)
  })

  test('gives texts as they were, whatever is in them', async () => {
    const place = freshPlace()
    await using exporter = clickhouseExporter(place)
    const hostile = [
      `'; DROP TABLE ${place.table}_calls; --`,
      "a \\ b \\' c \\0 \u0000 \u0007 \u001b[31m",
      '{"json": "in text"}\t\n\r\u2028 退款 😀 \ud800',
      '% _ * {x:String} $ {y} --  /* */ `q` "q"'
    ]
    await delivered(exporter, async (log) => {
      for (const text of hostile) {
        const context = { user: text, session: text, tags: { [text]: text } }
        await log.withContext(context, () =>
          log.record({ operation: 'chat', provider: 'p', input: text }, async () => text)
        )
      }
    })
    await using reader = await openClickHouseReader(place)
    const { items } = await reader.query()
    expect(items.length).toBe(hostile.length)
    for (const text of hostile) {
      const stored = text.toWellFormed()
      const found = await reader.query({ user: stored, session: stored })
      expect(found.items.map(({ user }) => user)).toEqual([stored])
      const call = await reader.get(found.items[0]?.auditId ?? '')
      expect(call?.contents).toMatchObject({ input: stored, output: stored })
      expect(call?.flaw).toBeUndefined()
      expect((await reader.session(stored))?.stepCount).toBe(1)
    }
    expect((await reader.facets('user')).map(({ value }) => value).sort()).toEqual(
      hostile.map((text) => text.toWellFormed()).sort()
    )
  })

  test('finds a call by its number, its id and the beginning of it', async () => {
    const place = freshPlace()
    await using exporter = clickhouseExporter(place)
    const journal = await delivered(exporter, async (log) => {
      const call = log.open({ ...REQUEST, input: 'question' })
      call.complete({ output: 'answer' })
      log.annotate(call, { note: 'looked at' })
    })
    await using reader = await openClickHouseReader(place)
    const [{ auditId = '' } = {}] = (await reader.query()).items
    for (const word of ['1', auditId, auditId.slice(0, -1)]) {
      const call = await reader.get(word)
      expect(call).toMatchObject({ auditId, stage: 'complete', contents: { output: 'answer' } })
      expect(call?.annotations?.map(({ says }) => says)).toEqual([{ note: 'looked at' }])
    }
    const [note] = (await reader.query('kind:annotation')).items
    expect(await reader.get(note?.auditId ?? '')).toMatchObject({ record: { parent: auditId } })
    expect(await reader.get(String(journal.records.length))).toBeUndefined()
    await expect(reader.get('0')).resolves.toMatchObject({ auditId })
    await expect(reader.verify()).rejects.toMatchObject({ message: /ask the journal/ })
    await expect(reader.prove(auditId)).rejects.toMatchObject({ code: 'bad_proof' })
    await expect(reader.prove('none')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('follows an erasure before it is acknowledged, also in rows that were replaced', async () => {
    const place = freshPlace()
    await using exporter = clickhouseExporter(place)
    const journal = await delivered(exporter, async (log) => {
      await log.record({ ...REQUEST, input: 'my secretword' }, async () => 'secretword too')
      await log.record({ ...REQUEST, input: 'another' }, async () => 'kept')
    })
    const erased = pendingErasure(
      { scope: 'record', by: 'officer', reason: 'asked for' },
      { records: [0, 1], commitments: [] }
    )
    await journal.append([erased])
    expect(await exporter.export(journal.records.slice(-1), never)).toEqual({ status: 'stored' })

    const where = "WHERE position(lower(concat(*)), 'secretword') > 0"
    for (const [table, columns] of [
      ['records', 'sealed'],
      ['calls', "body, arrayStringConcat(words, ' '), ifNull(question, ''), ifNull(answer, '')"]
    ] as const) {
      const sql = `SELECT count() FROM ${place.table}_${table} ${where.replace('*', `${columns}, ''`)}`
      expect(await ask(sql)).toBe('0')
    }
    await using reader = await openClickHouseReader(place)
    expect((await reader.search('secretword')).items).toEqual([])
    expect((await reader.search('kept')).items.length).toBe(1)
    const call = await reader.get('0')
    expect(call).toMatchObject({ stage: 'complete', contents: {} })
    expect(call?.absent?.map(({ name }) => name)).toEqual(['input', 'output'])
    expect(call?.flaw).toBeUndefined()
  })

  test('keeps a record as long as its class says', async () => {
    const place = freshPlace()
    const keepDays = { default: 30 }
    await using exporter = clickhouseExporter({ ...place, keepDays })
    const records = await sealedRecords(2)
    expect(await exporter.export(records, never)).toEqual({ status: 'stored' })
    for (const table of ['records', 'calls']) {
      const days = `SELECT DISTINCT dateDiff('day', toDate(at), expires_on) FROM ${place.table}_${table}`
      expect(await ask(days)).toBe('30')
      expect(await ask(`SHOW CREATE TABLE ${place.table}_${table}`)).toContain('TTL expires_on')
    }
  })

  test('takes no tables of another log, of something else, or of a later version', async () => {
    const place = freshPlace()
    await using first = clickhouseExporter(place)
    await first.export(await sealedRecords(4), never)
    await using second = clickhouseExporter(place)
    const other = await recorded((log) => log.record({ ...REQUEST, input: 'x' }, async () => 'y'))
    expect(await second.export(other.records, never)).toMatchObject({
      status: 'retry',
      error: { code: 'export_failed', message: /holds another log: its record 0 is not ours/ }
    })
    await ask(`ALTER TABLE ${place.table}_calls MODIFY COMMENT 'slm-audit, version 99'`)
    await expect(openClickHouseReader(place)).rejects.toMatchObject({ code: 'journal_newer' })
    await ask(`ALTER TABLE ${place.table}_calls MODIFY COMMENT 'orders'`)
    await expect(openClickHouseReader(place)).rejects.toMatchObject({ code: 'journal_damaged' })
    await expect(openClickHouseReader(freshPlace())).rejects.toMatchObject({
      code: 'journal_unavailable',
      message: /there is no table own_\d+_records yet/
    })
  })

  test('takes a client, and tables that somebody else made, in a database of its own', async () => {
    await ask('CREATE DATABASE audit')
    const client = createClient({ url: server.url })
    const place = { client, database: 'audit', table: 'shop' }
    for (const sql of clickhouseSchema({ database: 'audit', table: 'shop' })
      .split(';\n')
      .filter(Boolean))
      await ask(sql)
    await using exporter = clickhouseExporter(place)
    expect(await exporter.export(await sealedRecords(2), never)).toEqual({ status: 'stored' })
    await using reader = await openClickHouseReader(place)
    expect((await reader.query()).items.length).toBe(1)
    await exporter[Symbol.asyncDispose]()
    await reader[Symbol.asyncDispose]()
    expect((await client.ping()).success).toBe(true)
    await client.close()
  })

  test('says what failed in the words of the server’s code, without what was written', async () => {
    const place = { ...freshPlace(), database: 'nowhere' }
    await using exporter = clickhouseExporter(place)
    expect(await exporter.export(await sealedRecords(2), never)).toMatchObject({
      status: 'retry',
      error: { code: 'journal_unavailable', message: /UNKNOWN_DATABASE: create the database first/ }
    })
    server.fault = 'refuse'
    await using refused = clickhouseExporter(freshPlace())
    const result = await refused.export(await sealedRecords(4), never)
    server.fault = undefined
    expect(result).toMatchObject({ status: 'rejected', error: { code: 'export_rejected' } })
    expect(JSON.stringify([result, String('error' in result && result.error)])).not.toContain(
      'what was written'
    )
  })
})
