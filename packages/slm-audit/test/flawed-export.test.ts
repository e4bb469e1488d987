import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-flawed-'))
const file = join(folder, 'audit.db')

beforeAll(async () => {
  const log = await createAuditLog({ file })
  for (const input of ['one', 'two']) {
    await log.record({ operation: 'chat', provider: 'p', input }, async () => `answer ${input}`)
  }
  await log.close()
  const database = new DatabaseSync(file)
  database.exec(`DROP TRIGGER contents_no_update; UPDATE contents SET body = CAST('"forged"' AS BLOB)
    WHERE name = 'output' AND id = (SELECT max(id) FROM contents WHERE name = 'output')`)
  database.close()
})

describe('what is exported of a log that was changed', () => {
  test.each(['csv', 'jsonl', 'parquet', 'openai-chat', 'ocsf'])(
    'warns in %s, with exit code 1',
    async (format) => {
      const out = join(folder, `out.${format}`)
      const { code, error } = await cli('export', '--file', file, '--format', format, '--out', out)
      expect([format, code]).toEqual([format, 1])
      expect(error).toMatch(/record 4 is not as it was sealed: content mismatch/)
      expect(error.match(/is not as it was sealed/g)).toHaveLength(1)
    }
  )

  test('warns in tiles, and of a choice', async () => {
    const tiles = await cli('export', '--file', file, '--tiles', join(folder, 'tiles'))
    expect([tiles.code, tiles.error]).toEqual([1, expect.stringMatching(/record 4 is not as/)])
    const newest = await cli('export', '--file', file, '--format', 'csv', '-n', '1')
    expect([newest.code, newest.error]).toEqual([1, expect.stringMatching(/record 4 is not as/)])
  })

  test('says nothing of calls that are as they were sealed', async () => {
    const out = join(folder, 'right.csv')
    const { code, error } = await cli(
      'export',
      'one',
      '--file',
      file,
      '--format',
      'csv',
      '--out',
      out
    )
    expect([code, error]).toEqual([0, expect.not.stringMatching(/sealed/)])
  })
})

test('a verification that begins later says that it does not look at what is before', async () => {
  const { out } = await cli('verify', '--file', file, '--since', '3')
  expect(out).toMatch(/records before 3 were not looked at/)
})
