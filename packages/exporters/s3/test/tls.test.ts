import { readFileSync } from 'node:fs'
import { s3Archive } from '@slm-audit/s3'
import { afterEach, expect, test, vi } from 'vitest'
import { S3Server } from './s3-server.ts'
import { addCalls, freshPath } from './support.ts'

const pem = (name: string) =>
  readFileSync(new URL(`../../webhook/test/certificates/${name}.pem`, import.meta.url))

afterEach(() => {
  vi.unstubAllEnvs()
})

test('certificates of its own reach a store that asks for them', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  await using server = await S3Server.open({
    ...{ cert: pem('server'), key: pem('server.key'), ca: pem('authority') },
    ...{ requestCert: true, rejectUnauthorized: true }
  })
  const tls = { ca: pem('authority'), cert: pem('client'), key: pem('client.key') }
  const archive = s3Archive({ bucket: 'audit', endpoint: server.url, tls })
  expect(
    await addCalls(freshPath('audit.db'), 3, 's', [archive.exporter], [archive.anchor])
  ).toEqual([])
  expect(server.requests.some(({ method }) => method === 'PUT')).toBe(true)
})

test.each([
  [{ cert: 'x' }, 'tls needs cert and key together'],
  [{ authority: 'x' }, 'no option authority'],
  ['x', 'tls must be { ca, cert, key }']
])('%j is refused', (tls, message) => {
  expect(() => s3Archive({ bucket: 'audit', tls: tls as never })).toThrow(message)
})
