import {
  type ArchiveOptions,
  copyIntoS3,
  openS3Archive,
  s3Archive,
  s3Segments
} from '@slm-audit/s3'
import { beforeAll, describe, expect, test } from 'vitest'
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
