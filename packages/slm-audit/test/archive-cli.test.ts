import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { S3Server } from '../../exporters/s3/test/s3-server.ts'
import { cli } from './run.ts'

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

test('an archive that was changed is no longer right', async () => {
  const key = server.keys.find((each) => each.includes('/contents/')) ?? ''
  server.tamper(key, () => undefined)
  expect(await cli('verify', address)).toMatchObject({ code: 1 })
})
