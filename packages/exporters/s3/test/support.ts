import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Anchor, AuditLogOptions, SealedRecord } from '@slm-audit/core'
import type { VerifyReport } from '@slm-audit/core/reader'
import { openS3Archive } from '@slm-audit/s3'
import { openSealedLog, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import type { S3Server } from './s3-server.ts'

export const ORIGIN = 'example.com/archived'

/** A path in a fresh temporary folder. */
export function freshPath(name: string): string {
  return join(mkdtempSync(join(tmpdir(), 'slm-audit-s3-')), name)
}

/** Where the archive of a test is. */
export function placeOn(server: S3Server) {
  return { bucket: 'audit', prefix: 'log', client: server.client }
}

/** Records calls of a session into a log, and closes it. Gives what was reported. */
export async function addCalls(
  file: string,
  count: number,
  session: string,
  exporters: AuditLogOptions['exporters'] = [],
  anchors: readonly Anchor[] = []
): Promise<readonly string[]> {
  const journal = await sqliteJournal({ file, origin: ORIGIN, anchors })
  const { log, problems } = collectingLog(journal, { deadlineMs: 60_000, exporters })
  await log.withContext({ session }, async () => {
    for (let call = 0; call < count; call++) {
      const input = [{ role: 'user', content: `${session} asks ${call} of secret things` }]
      if (call % 50 === 0) input.push({ role: 'user', content: 'of long things '.repeat(50) })
      const request = { operation: 'chat', provider: 'test', input }
      await log.record(request, async () => ({
        role: 'assistant',
        content: `${session} hears ${call}`
      }))
    }
  })
  await log.close()
  return problems.map(({ message }) => message)
}

/** All sealed records of a log. */
export function sealedIn(file: string): readonly SealedRecord[] {
  using log = openSealedLog(file)
  return [...log.records()]
}

/** What verification says of an archive; its flaw, in words, instead where it has one. */
export async function reportOn(server: S3Server): Promise<VerifyReport | string> {
  await using source = await openS3Archive(placeOn(server))
  const report = await source.verify()
  const { flaw } = report
  return flaw ? `${flaw.kind} at ${flaw.index}: ${flaw.detail}` : report
}
