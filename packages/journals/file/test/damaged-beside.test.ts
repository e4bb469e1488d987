import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from '@slm-audit/core'
import { fileJournal, openLogSource } from '@slm-audit/file'
import { expect, test } from 'vitest'

async function record(directory: string, calls: number): Promise<void> {
  const log = createAuditLog({ journal: await fileJournal({ directory }) })
  for (let at = 0; at < calls; at++) {
    await log.record({ operation: 'chat', provider: 'test', input: `${at}` }, async () => at)
  }
  await log.close()
}

test.each<[what: string, damage: (directory: string) => void, isFound: boolean]>([
  [
    'a checkpoint beyond the end',
    (directory) => {
      const path = join(directory, 'checkpoints.jsonl')
      const { note } = JSON.parse(readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? '')
      appendFileSync(path, `${JSON.stringify({ size: 99_999, note })}\n`)
    },
    true
  ],
  [
    'a checkpoint that is none',
    (directory) =>
      appendFileSync(join(directory, 'checkpoints.jsonl'), '{"size":99999,"note":"x"}\n'),
    true
  ],
  [
    'a lock that is none',
    (directory) => writeFileSync(join(directory, 'lock'), 'x'.repeat(99)),
    false
  ]
])('with %s beside the records, logging goes on', async (_, damage, isFound) => {
  const directory = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'log')
  await record(directory, 3)
  damage(directory)
  await record(directory, 2)
  const report = await (await openLogSource(directory)).verify()
  expect(report.size).toBe(11)
  expect(report.flaw !== undefined).toBe(isFound)
})
