import { SqliteReader } from '../../src/read/reader.ts'
import { freshFile, openLog } from '../support.ts'

/** What the calls of `writeLog` ask and answer about. */
export const MAIL = 'bob@example.com'

/** A log of two calls that records who reads it. */
export async function writeLog(readAudit = true): Promise<string> {
  const path = freshFile()
  const { log } = await openLog({ file: path, readAudit })
  for (const input of [`refund for ${MAIL}`, 'where is it']) {
    await log.withContext({ session: 's' }, () =>
      log.record({ operation: 'chat', provider: 'p', input }, async () => `to ${MAIL}`)
    )
  }
  await log.close()
  return path
}

/** What the log says of accesses, oldest first. */
export async function accessesIn(file: string): Promise<object[]> {
  await using reader = new SqliteReader(file)
  const { items } = await reader.query('kind:access')
  const found: object[] = []
  for (const { auditId } of [...items].reverse()) {
    const call = await reader.get(auditId)
    found.push({ ...call?.record.event, ...call?.contents })
  }
  return found
}
