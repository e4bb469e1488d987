import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { S3Server } from '../../../exporters/s3/test/s3-server.ts'
import { DUCKDB_FOLDER, hasDuckdb } from '../duckdb.ts'
import { cli } from '../run.ts'

const server = await S3Server.open()
const folder = mkdtempSync(join(tmpdir(), 'slm-audit-'))
const file = join(folder, 'audit.db')
const address = 's3://audit/shop'

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  const { log } = collectingLog(await sqliteJournal({ file }))
  for (const input of ['Where is my refund?', 'And my parcel?']) {
    await log.record({ operation: 'chat', provider: 'test', input }, async () => 'on its way')
  }
  await log.close()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await server[Symbol.asyncDispose]()
})

test('a log goes into an archive, which is verified and read, and back into a database', async () => {
  const copied = await cli('copy', '--from', file, '--to', address)
  expect(copied).toMatchObject({ code: 0, out: expect.stringMatching(/5 records, 5 of them new/) })
  const again = await cli('copy', '--from', file, '--to', address)
  expect(again.out).toMatch(/5 records, 0 of them new/)
  expect((await cli('verify', address, '--strict')).out).toMatch(/5 records/)
  expect(await cli('verify', '--file', address, '--json')).toMatchObject({ code: 0 })

  await using reader = await openReader(file)
  const { items } = await reader.query({}, { limit: 1 })
  const shown = await cli('show', items[0]?.auditId ?? '', '--file', address)
  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/And my parcel\?/) })
  const unknown = await cli('show', 'last', '--file', address)
  expect(unknown).toMatchObject({ code: 2, error: expect.stringMatching(/takes whole ids/) })

  const back = join(folder, 'back.db')
  expect((await cli('copy', '--from', address, '--to', back)).out).toMatch(/5 of them new/)
  expect((await cli('list', '--file', back)).out).toMatch(/refund/)
})

test('what an archive cannot do is said, with what can', async () => {
  const listed = await cli('list', '--file', address)
  expect(listed).toMatchObject({
    code: 2,
    error: expect.stringMatching(/slm-audit copy --from s3:/)
  })
  const nowhere = await cli('verify', 's3://audit/elsewhere')
  expect(nowhere).toMatchObject({
    code: 2,
    error: expect.stringMatching(/there is no archive at s3:/)
  })
  const nameless = await cli('verify', 's3://')
  expect(nameless).toMatchObject({ code: 2, error: expect.stringMatching(/names no bucket/) })
})

test('the calls of each day go into Parquet beside the archive, and into a folder', async () => {
  expect((await cli('segments', '--to', address, '--file', file)).out).toMatch(
    /^0 days with 0 calls/
  )
  const written = await cli('segments', '--to', address, '--file', file, '--today')
  expect(written.out).toBe(`1 day with 2 calls written to ${address}`)
  const again = await cli('segments', '--to', address, '--file', file, '--today')
  expect(again.out).toMatch(/^0 days/)
  const days = join(folder, 'days')
  expect((await cli('segments', '--to', days, '--file', file, '--today')).out).toMatch(/^1 day/)
  const [name = ''] = readdirSync(days)
  expect(name).toMatch(/^date=\d{4}-\d\d-\d\d$/)
  const bytes = server.bytesOf(`shop/segments/${name}/calls.parquet`)
  expect(bytes).toEqual(readFileSync(join(days, name, 'calls.parquet')))
  expect(bytes.toString('latin1')).not.toContain('refund')
  const { readParquet } = await import('parquet-wasm/node')
  const { tableFromIPC } = await import('apache-arrow')
  const table = tableFromIPC(readParquet(bytes).intoIPCStream())
  expect(
    table
      .toArray()
      .map((row) => row?.toJSON())
      .map(({ stage }) => stage)
  ).toEqual(['complete', 'complete'])
})

test('a query says what it lacks: DuckDB, segments, days that are meant', async () => {
  const asked = ['query', 'SELECT 1', '--file']
  const nowhere = await cli(...asked, 's3://audit/elsewhere')
  expect(nowhere).toMatchObject({
    code: 2,
    error: expect.stringMatching(/there are no segments in/)
  })
  const long = await cli(...asked, address, '--until', '2020-01-01')
  expect(long).toMatchObject({ code: 2, error: expect.stringMatching(/has no day that is meant/) })
  const database = await cli(...asked, file)
  expect(database).toMatchObject({
    code: 2,
    error: expect.stringMatching(/is a file; segments are/)
  })
  const without = await cli(...asked, address)
  expect(without).toMatchObject({
    code: 2,
    error: expect.stringMatching(/npm install @duckdb\/node-api/)
  })
})

test.runIf(hasDuckdb())(
  'DuckDB answers queries over the days in an archive and in a folder',
  async () => {
    const cwd = process.cwd()
    process.chdir(DUCKDB_FOLDER)
    try {
      const sql = `SELECT 'n' AS x, stage, count(*) AS calls, count(*) AS calls, 1 FROM calls WHERE date > '2020-01-01' GROUP BY ALL`
      for (const place of [address, join(folder, 'days')]) {
        const table = await cli('query', sql, '--file', place, '--since', '2d')
        expect(table.out.split('\n').map((line) => line.split(/ +/))).toEqual([
          ['x', 'stage', 'calls', 'calls:1', '1'],
          ['n', 'complete', '2', '2', '1']
        ])
        const lines = await cli('query', sql, '--file', place, '--jsonl')
        expect(JSON.parse(lines.out)).toEqual({
          x: 'n',
          stage: 'complete',
          calls: 2,
          'calls:1': 2,
          1: 1
        })
      }
      for (const [bad, said] of [
        [`SELECT * FROM read_text('${file}.key')`, /Cannot access file/],
        ["COPY calls TO 'calls.csv'", /Cannot access file|it is no SELECT/],
        ['DROP VIEW calls', /it is no SELECT/],
        ['SELECT nothing FROM calls', /"nothing" not found/],
        ['SELECT 1; SELECT 2', /has 2 statements/],
        [' ', /it is empty/]
      ] as const) {
        const refused = await cli('query', bad, '--file', address)
        expect(refused, bad).toMatchObject({ code: 2, error: expect.stringMatching(said) })
      }
      const days = join(folder, 'days')
      const before = readdirSync(days)
      writeFileSync(join(days, 'other'), 'of somebody else')
      for (const beside of [
        `EXPORT DATABASE '${join(days, 'made')}'`,
        `SELECT * FROM read_blob('${join(days, 'other')}')`
      ]) {
        const refused = await cli('query', beside, '--file', days)
        expect(refused, beside).toMatchObject({
          code: 2,
          error: expect.stringMatching(/Cannot access/)
        })
      }
      expect(readdirSync(days)).toEqual([...before, 'other'])
    } finally {
      process.chdir(cwd)
    }
  }
)

test.each([
  ['batch', /batches\/\d+\.jsonl\.zst/, /batches\/\d+\.jsonl\.zst cannot be unpacked/],
  ['checkpoint', /\/checkpoint$/, /the checkpoint or the tiles at the end of s3:.* are damaged/]
])('an archive whose newest %s is no more than noise has a flaw', async (_name, pattern, said) => {
  const key = server.keys.findLast((each) => pattern.test(each)) ?? ''
  const whole = server.bytesOf(key)
  server.tamper(key, () => Buffer.from('<html>It works!</html>'))
  const found = await cli('verify', address)
  server.tamper(key, () => whole)
  expect(found).toMatchObject({ code: 1, out: expect.stringMatching(said) })
})

test('an archive that was changed is no longer right', async () => {
  const key = server.keys.find((each) => each.includes('/contents/')) ?? ''
  server.tamper(key, () => undefined)
  expect(await cli('verify', address)).toMatchObject({ code: 1 })
})
