import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditLog, AuditLogOptions, SealedRecord } from '@slm-audit/core'
import { type FileJournalOptions, fileJournal } from '@slm-audit/file'
import { collectingLog } from '@slm-audit/testing'

/** A path in a fresh temporary folder. */
export function freshPath(name = 'log'): string {
  return join(mkdtempSync(join(tmpdir(), 'slm-audit-file-')), name)
}

/** A log in files that collects its problems. */
export async function openLog(
  options: FileJournalOptions,
  more: Partial<Omit<AuditLogOptions, 'journal'>> = {}
) {
  return collectingLog(await fileJournal(options), more)
}

export const chat = { operation: 'chat', provider: 'test' } as const

/** All that an iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The texts of the contents of some records. */
export function textsIn(records: readonly SealedRecord[]): string[] {
  return records.flatMap(({ contents }) =>
    contents.map(({ body }) => (body ? new TextDecoder().decode(body) : 'absent'))
  )
}

/** Makes some calls of all kinds. */
export async function makeCalls(log: AuditLog, count: number) {
  for (let index = 0; index < count; index++) {
    await log.withContext({ user: `u${index % 3}` }, () =>
      log.record({ ...chat, model: 'm', input: `Größe ${index}` }, async () => ({
        text: `a${index}`
      }))
    )
    // What is recorded without a pause is stored together.
    if (index % 20 === 19) await log.flush()
  }
  await log
    .record({ ...chat, input: new Uint8Array([0xff, 0, 0x80]) }, () =>
      Promise.reject(new Error('no'))
    )
    .catch(() => undefined)
}
