import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { type ArchiveOptions, openS3Archive, s3Archive } from '@slm-audit/s3'
import { defaultKeyFile, eraseContents, openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { S3Server } from './s3-server.ts'
import { addCalls, freshPath, placeOn } from './support.ts'

/** A log with an archive whose session `alice` has been erased since. */
async function erased(server: S3Server, more: Partial<ArchiveOptions> = {}) {
  const file = freshPath('audit.db')
  const archived = () => {
    const { exporter } = s3Archive({ ...placeOn(server), ...more })
    return [{ exporter, batchSize: 20, delayMs: 0 }]
  }
  await addCalls(file, 12, 'alice', archived())
  await addCalls(file, 12, 'bob', archived())
  const keyFile = defaultKeyFile(file)
  const signer = privateKeySigner(readKeyFile(keyFile))
  await eraseContents(file, {
    scope: { session: 'alice' },
    reason: 'asked for',
    by: 'officer',
    signer,
    keyFile
  })
  const problems = await addCalls(file, 2, 'carol', archived())
  return { file, problems }
}

async function callsOf(file: string, session: string): Promise<string[]> {
  await using reader = await openReader(file)
  const { items } = await reader.query({ session }, { limit: 100 })
  return items.map(({ auditId }) => auditId)
}

test('what the log has erased is erased from its archive, old versions too, and the rest stays and verifies', async () => {
  await using server = await S3Server.open()
  const { file, problems } = await erased(server, { lock: { mode: 'COMPLIANCE', days: 3_000 } })
  expect(problems).toEqual([])
  await using source = await openS3Archive(placeOn(server))
  for (const auditId of await callsOf(file, 'alice')) {
    const call = await source.get(auditId)
    expect(JSON.stringify(call?.contents)).not.toContain('alice')
    expect(call?.absent?.length).toBeGreaterThan(0)
  }
  for (const auditId of await callsOf(file, 'bob')) {
    const call = await source.get(auditId)
    expect(JSON.stringify(call?.contents)).toContain('bob asks')
  }
  const report = await source.verify()
  expect(report.flaw).toBeUndefined()
  expect(report.absentContents).toBeGreaterThan(0)
  const batches = server.keys.filter((key) => key.includes('/batches/'))
  expect(batches.map((key) => server.versionsOf(key).length)).toEqual(batches.map(() => 1))
})

test('under a legal hold nothing is lost, and it is told', async () => {
  await using server = await S3Server.open()
  const { problems } = await erased(server, { legalHold: true })
  expect(problems.join()).toMatch(/what was erased stays readable in \d+ older versions/)
  const puts = server.requests.filter(({ method }) => method === 'PUT')
  expect(puts.every(({ headers }) => headers['x-amz-object-lock-legal-hold'] === 'ON')).toBe(true)
})
