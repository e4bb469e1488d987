import { Socket } from 'node:net'
import type { S3Client } from '@aws-sdk/client-s3'
import {
  type ArchiveOptions,
  copyIntoS3,
  openS3Archive,
  s3Archive,
  s3Segments
} from '@slm-audit/s3'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Bucket } from '../src/bucket/bucket.ts'
import { S3Server } from './s3-server.ts'
import { addCalls, freshPath, ORIGIN, placeOn, sealedIn } from './support.ts'

const file = freshPath('audit.db')

beforeAll(() => addCalls(file, 4, 'alice'))

async function archived(server: S3Server): Promise<void> {
  const result = await s3Archive(placeOn(server)).exporter.export(
    sealedIn(file),
    AbortSignal.timeout(60_000)
  )
  expect(result).toEqual({ status: 'stored' })
}

describe('where the store fails, every call says so with the address', () => {
  test.each(['down', 'busy'] as const)('%s', async (fault) => {
    await using server = await S3Server.open()
    await archived(server)
    const place = placeOn(server)
    await using source = await openS3Archive(place)
    server.fault = fault
    const read = async () => {
      for await (const _sealed of source.records());
    }
    const segments = s3Segments(place)
    const records = sealedIn(file)
    const copied = {
      origin: ORIGIN,
      size: records.length,
      records: () => records,
      checkpoints: () => []
    }
    const failing = {
      open: openS3Archive(place),
      records: read(),
      verify: source.verify(),
      get: source.get('01981c5e-0000-7000-8000-000000000000'),
      days: segments.days(),
      put: segments.put('2026-11-29', new Uint8Array(1)),
      copy: copyIntoS3(place, copied)
    }
    const code = 'export_failed'
    const message = expect.stringMatching(/^s3:\/\/audit\/log/)
    const ends = Object.entries(failing).map(async ([name, work]) => {
      const error: unknown = await work.then(
        () => undefined,
        (reason) => reason
      )
      expect(error, name).toMatchObject({ name: 'AuditError', code, message })
    })
    await Promise.all(ends)
  })
})

test('a store that stays silent is waited for a minute', async () => {
  await using server = await S3Server.open()
  await archived(server)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { setTimeout: wait } = Socket.prototype
  const waiting = vi.spyOn(Socket.prototype, 'setTimeout').mockImplementation(function (
    this: Socket,
    milliseconds,
    onTimeout
  ) {
    return wait.call(this, milliseconds === 60_000 ? 10 : milliseconds, onTimeout)
  })
  onTestFinished(() => void waiting.mockRestore())
  server.fault = 'hang'
  const { client: _none, ...place } = placeOn(server)
  const opened = openS3Archive({ ...place, endpoint: server.url })
  await expect(opened).rejects.toMatchObject({
    code: 'export_failed',
    message: expect.stringMatching(/TimeoutError/)
  })
})

test('a store that cuts its list of versions short, without a word on where it goes on, is not asked for ever', async () => {
  let asked = 0
  const send = async () => {
    if (++asked > 3) throw new Error('asked again and again')
    return { IsTruncated: true, Versions: [] }
  }
  const bucket = new Bucket({ bucket: 'audit', client: { send } as unknown as S3Client })
  const removed = bucket.removeOlder('batches/000000000000.jsonl.zst')
  await expect(removed).rejects.toMatchObject({
    code: 'export_failed',
    message: expect.stringMatching(/cuts its list of versions short/)
  })
})

test('an object that was cut short is a flaw of the calls that it held, whole or in part', async () => {
  await using server = await S3Server.open()
  await archived(server)
  const key = server.keys.find((each) => each.includes('/contents/')) ?? ''
  server.tamper(key, (bytes) => bytes.subarray(0, 1))
  await using source = await openS3Archive(placeOn(server))
  const auditId = /"auditId":"([^"]+)"/.exec(sealedIn(file).at(-1)?.header ?? '')?.[1] ?? ''
  expect(await source.get(auditId)).toMatchObject({ auditId, flaw: { kind: 'content missing' } })
  expect(await source.verify()).toMatchObject({ flaw: { kind: 'content missing' } })
})

test('an endpoint in the clear is taken on this machine alone, unless allowHttp says otherwise', () => {
  const bucket = 'audit'
  const endpoint = 'http://minio.example.com:9000'
  const refusal = /^endpoint would send records to minio\.example\.com:9000 in the clear/
  expect(() => s3Archive({ bucket, endpoint })).toThrow(refusal)
  expect(() => s3Segments({ bucket, endpoint })).toThrow(refusal)
  expect(s3Archive({ bucket, endpoint, allowHttp: true }).exporter.name).toBe('s3')
  expect(s3Archive({ bucket, endpoint: 'http://127.0.0.1:9000' }).exporter.name).toBe('s3')
})

test.each([
  ['options', null, /^s3Archive takes an object of options: bucket/],
  ['a lock', { bucket: 'audit', lock: null }, /^lock takes an object of options: mode, days/],
  ['an endpoint', { bucket: 'audit', endpoint: 'https://' }, /^endpoint must begin with https:/]
])('%s that is none is refused by name', (_name, options, message) => {
  const make = () => s3Archive(options as unknown as ArchiveOptions)
  expect(make).toThrow(expect.objectContaining({ code: 'bad_option' }))
  expect(make).toThrow(message)
})
