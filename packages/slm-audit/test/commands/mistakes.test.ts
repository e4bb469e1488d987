import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, expect, test } from 'vitest'
import { cli } from '../run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')

beforeAll(async () => {
  await using log = await createAuditLog({ file, service: 'bot', version: '1.0' })
  await log.record({ operation: 'chat', provider: 'test' }, async () => 'Hello.')
})

test.each([
  [['completion', 'tcsh'], 2, /<shell> cannot be 'tcsh'\. It takes one of bash, zsh, fish\.$/],
  [['import', 'x'], 2, /import needs --into <file>; see/],
  [['search', '***', '--file', file], 2, /has no word/],
  [['search', ' ', '--file', file], 2, /search needs a word: slm-audit search refund/],
  [
    ['set', 'list', '--frob'],
    2,
    /^slm-audit: slm-audit set list has no option --frob; slm-audit set list --help/
  ],
  [['list', '--user', '--file', file], 2, /--user needs a value; see slm-audit list --help/],
  [['verify', '--against', '--strict', '--file', file], 2, /--against needs a value/],
  [['export', '--format', 'jsonl', '--out', '-f', file], 2, /--out needs a value/],
  [['list', '--file', ''], 2, /--file is empty; name the database/],
  [['verify', '--since', '9'.repeat(20), '--file', file], 2, /no log has 9+ records; give an/],
  [
    ['verify', '--signing-key', '/nowhere.key', '--file', file],
    2,
    /neither a key nor a kept head at \/nowhere.key; name the file/
  ],
  [['export', '--tiles', file, '--file', file], 2, /--tiles .*: it is a file; name a folder/]
])('%j is explained', async (args, code, message) => {
  const result = await cli(...args)
  expect([result.code, result.error]).toEqual([code, expect.stringMatching(message)])
})
