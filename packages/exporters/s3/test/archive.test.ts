import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SealedRecord } from '@slm-audit/core'
import { copyIntoS3, openS3Archive, s3Archive } from '@slm-audit/s3'
import { openReader, openSealedLog } from '@slm-audit/sqlite'
import { sealedRecords } from '@slm-audit/testing'
import { parseTrustPolicy, verifyTiles } from '@slm-audit/verify'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { S3Server } from './s3-server.ts'
import { addCalls, freshPath, ORIGIN, placeOn, reportOn, sealedIn } from './support.ts'

const file = freshPath('audit.db')
let records: readonly SealedRecord[]

beforeAll(async () => {
  await addCalls(file, 140, 'first')
  await addCalls(file, 140, 'second')
  records = sealedIn(file)
})

const DAY_MS = 24 * 60 * 60 * 1000

/** What the anchor asks of the log that it is given a checkpoint of: nothing. */
const NO_LOG = { size: async () => 0, consistencyProof: async () => [] }

const signal = () => AbortSignal.timeout(60_000)

/** Archives the log up to before a record, batch by batch. */
async function archive(server: S3Server, step: number, end = records.length): Promise<void> {
  const { exporter } = s3Archive(placeOn(server))
  for (let from = 0; from < end; from += step) {
    const batch = records.slice(from, Math.min(end, from + step))
    const result = await exporter.export(batch, signal())
    if (result.status !== 'stored') throw result.error
  }
}

function copyTo(server: S3Server): Promise<number> {
  using log = openSealedLog(file)
  const [size, checkpoints] = [log.size, [...log.checkpoints()]]
  const source = { origin: ORIGIN, size, checkpoints: () => checkpoints }
  return copyIntoS3(placeOn(server), { ...source, records: (from) => records.slice(from) })
}

test('a log that is archived while it is written verifies from its objects, also for readers of C2SP tiles', async () => {
  await using server = await S3Server.open()
  const own = freshPath('audit.db')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { client: _none, ...place } = placeOn(server)
  for (const session of ['one', 'two']) {
    const lock = { mode: 'GOVERNANCE', days: 30 } as const
    const archive = s3Archive({ ...place, endpoint: server.url, lock })
    const exporters = [{ exporter: archive.exporter, batchSize: 60, delayMs: 0 }]
    const anchors = [archive.anchor]
    expect(await addCalls(own, 140, session, exporters, anchors)).toEqual([])
  }
  await using source = await openS3Archive(placeOn(server))
  const size = sealedIn(own).length
  const report = await source.verify()
  expect(report).toMatchObject({ origin: ORIGIN, size, checked: size, strays: 0, unsigned: 0 })
  expect(report.flaw).toBeUndefined()
  expect(report.checkpoints).toBeGreaterThan(1)

  const contents = server.keys.filter((key) => key.includes('/contents/'))
  expect(contents.length).toBeGreaterThan(4)
  for (const key of contents) expect(server.bytesOf(key).toString('latin1')).not.toContain('secret')

  const puts = server.requests.filter(({ method }) => method === 'PUT')
  for (const { key, headers } of puts) {
    const isReplaced = key === 'log/checkpoint' && headers['if-match'] !== undefined
    expect([key, isReplaced || headers['if-none-match']]).toEqual([key, isReplaced || '*'])
    const mayChange = key === 'log/checkpoint' || key.includes('/batches/')
    expect([key, headers['x-amz-object-lock-mode']]).toEqual([
      key,
      mayChange ? undefined : 'GOVERNANCE'
    ])
    const until = Date.parse(headers['x-amz-object-lock-retain-until-date'] ?? '')
    expect([key, Math.round((until - Date.now()) / DAY_MS)]).toEqual([key, mayChange ? NaN : 30])
  }

  await using reader = await openReader(own)
  const directory = freshPath('tiles')
  for (const key of server.keys) {
    const path = join(directory, key.slice('log/'.length))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, server.bytesOf(key))
  }
  const [key = ''] = await reader.keys()
  const policy = parseTrustPolicy(`log ${key}\nquorum none\n`)
  expect(await verifyTiles(directory, { policy })).toMatchObject({ size })

  const { items } = await reader.query({}, { limit: 1 })
  const call = await reader.get(items[0]?.auditId ?? '')
  expect(call && (await source.get(call.auditId))).toEqual(call)
  expect(await source.get('01981c5e-0000-7000-8000-000000000000')).toBeUndefined()
})

test('a log is copied with its checkpoints, and read back to the byte', async () => {
  await using server = await S3Server.open()
  await copyTo(server)
  await copyTo(server)
  await using source = await openS3Archive(placeOn(server))
  const read: SealedRecord[] = []
  for await (const sealed of source.records()) read.push(sealed)
  const plain = (all: readonly SealedRecord[]) =>
    all.map(({ index, header, contents }) => [
      index,
      header,
      contents.map(({ body }) => body && Buffer.from(body).toString())
    ])
  expect(plain(read)).toEqual(plain(records))
  using log = openSealedLog(file)
  expect(source.checkpoints()).toEqual(
    [...log.checkpoints()].map(({ size, note }) => ({ size, note }))
  )
  expect(await source.verify()).toMatchObject({ size: records.length, unsigned: 0 })
})

test('whatever request is the last one, whoever comes next completes the archive', async () => {
  await using begun = await S3Server.open()
  await archive(begun, 250, 250)
  using log = openSealedLog(file)
  const { size: end = 0, note = '' } = [...log.checkpoints()].find(({ size }) => size > 275) ?? {}
  const write = async (server: S3Server) => {
    const { exporter, anchor } = s3Archive(placeOn(server))
    await anchor.publish(note, NO_LOG, signal())
    for (const [from, to] of [
      [250, 270],
      [270, end]
    ] as const) {
      const result = await exporter.export(records.slice(from, to), signal())
      if (result.status !== 'stored') throw result.error
    }
  }
  let done = false
  let cuts = 0
  for (; !done; cuts++) {
    await using server = await S3Server.open()
    begun.copyInto(server)
    server.left = cuts
    done = await write(server).then(
      () => true,
      () => false
    )
    server.left = Number.POSITIVE_INFINITY
    await write(server)
    const whole = { size: end, strays: 0, unsigned: 0, checkpoints: 1 }
    expect([cuts, await reportOn(server)]).toMatchObject([cuts, whole])
  }
  expect(cuts).toBeGreaterThan(12)
})

describe('two archivers', () => {
  test('of one log write one history', async () => {
    await using server = await S3Server.open()
    const end = 300
    await Promise.all([archive(server, 70, end), archive(server, 90, end)])
    expect(await reportOn(server)).toMatchObject({ size: end, strays: 0 })
  })

  test('of two histories stop: the second one is refused and leaves nothing', async () => {
    await using server = await S3Server.open()
    const others = freshPath('audit.db')
    await addCalls(others, 40, 'other')
    await archive(server, 100, 100)
    const before = server.keys
    const { exporter, anchor } = s3Archive(placeOn(server))
    const result = await exporter.export(sealedIn(others).slice(0, 20), signal())
    expect(result).toMatchObject({ status: 'retry', error: { code: 'export_rejected' } })
    const [elsewhere] = await sealedRecords(2)
    const foreign = await exporter.export(elsewhere ? [elsewhere] : [], signal())
    expect(foreign).toMatchObject({ status: 'retry', error: { code: 'export_rejected' } })
    expect(server.keys).toEqual(before)
    using log = openSealedLog(others)
    const note = [...log.checkpoints()].at(-1)?.note ?? ''
    const published = anchor.publish(note, NO_LOG, signal())
    await expect(published).rejects.toMatchObject({ code: 'history_rewritten' })
  })

  test('are not begun where the store does not keep to conditions', async () => {
    await using server = await S3Server.open()
    server.isConditional = false
    const result = await s3Archive(placeOn(server)).exporter.export(records.slice(0, 9), signal())
    expect(result).toMatchObject({ status: 'retry', error: { code: 'bad_option' } })
    expect(server.keys).toEqual(['log/archive.json'])
  })
})

test('records that do not follow, and filtered ones, wait', async () => {
  await using server = await S3Server.open()
  const { exporter } = s3Archive(placeOn(server))
  const result = await exporter.export(records.slice(3, 9), signal())
  expect(result).toMatchObject({ status: 'retry', error: { code: 'export_failed' } })
})

describe('what somebody changes is found', () => {
  const flip = (bytes: Buffer) => {
    const at = Math.floor(bytes.length / 2)
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    return bytes
  }
  const gone = () => undefined
  const batch = 'log/batches/000000000000.jsonl.zst'
  let whole: S3Server

  beforeAll(async () => {
    whole = await S3Server.open()
    await archive(whole, 140)
    await copyTo(whole)
    expect(await reportOn(whole)).toMatchObject({ size: records.length })
  })
  afterAll(() => whole[Symbol.asyncDispose]())

  test.each([
    ['a batch', batch, flip, /^(changed|missing) at \d+: /],
    [
      'a batch that is noise',
      batch,
      () => Buffer.from('<html>It works!</html>'),
      /^changed at 0: batches\/000000000000\.jsonl\.zst cannot be unpacked/
    ],
    [
      'a batch in the place of another',
      batch,
      () => whole.bytesOf('log/batches/000000000140.jsonl.zst'),
      /^changed at 0: batches\/000000000000\.jsonl\.zst holds the records from 140 on/
    ],
    ['a batch that is gone', batch, gone, /^changed at 0: .* the next batch begins with 140/],
    ['a tile', 'log/tile/0/000', flip, /^changed at 0: its tile does not have the hashes/],
    ['a tile that is gone', 'log/tile/0/000', gone, /^missing at 0: hashes of tile 0\/0/],
    ['a tile above', 'log/tile/1/000.p/2', flip, /^changed at 256: tile 1\/0 differs/],
    ['an entry bundle', 'log/tile/entries/001', flip, /^changed at 256: tile\/entries\/001 is not/],
    [
      'an entry bundle that is gone',
      'log/tile/entries/000',
      gone,
      /^missing at 0: tile\/entries\/000/
    ],
    [
      'contents',
      'log/contents/000000000000',
      flip,
      /^content missing at \d+: .* is not what its key opens/
    ],
    [
      'contents that are gone',
      'log/contents/000000000000',
      gone,
      /^content missing at 1: .* not have it/
    ],
    ['a checkpoint', 'log/checkpoint', flip, /^(bad signature at \d+|.*checkpoint)/]
  ])('%s', async (_name, beginning, change, expected) => {
    await using server = await S3Server.open()
    whole.copyInto(server)
    const key = server.keys.find((each) => each.startsWith(beginning))
    server.tamper(key ?? '', change)
    const found = await reportOn(server).catch((error: Error) => error.message)
    expect(found).toMatch(expected)
  })
})
