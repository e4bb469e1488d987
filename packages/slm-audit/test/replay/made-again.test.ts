import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditFetch } from '@slm-audit/fetch'
import { fileJournal } from '@slm-audit/file'
import { fakeServer } from '@slm-audit/testing'
import { createAuditLog } from 'slm-audit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cli } from '../run.ts'
import { answer, talk } from './shop.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-replay-'))
let old: Awaited<ReturnType<typeof fakeServer>>

beforeAll(async () => {
  old = await fakeServer()
})

afterAll(() => old[Symbol.asyncDispose]())

test('of a set of which a call cannot be made again, --max-changed says nothing good', async () => {
  const mixed = join(folder, 'mixed.db')
  {
    await using log = await createAuditLog({ file: mixed })
    old.answer(answer('Three days.'), answer('It has shipped.'), answer('Yes.'))
    await log.withContext({ session: 'S-2' }, async () => {
      await talk(auditFetch(log), `${old.url}/v1`)
      await log.record({ operation: 'chat', provider: 'here', model: 'm' }, async () => 'x')
    })
  }
  const again = async (...more: string[]) => {
    old.answer(answer('Three days.'), answer('It has shipped.'), answer('Yes.'))
    return await cli('replay', 'session:S-2', ...more, '--file', mixed)
  }
  expect((await again()).code).toBe(0)
  const limited = await again('--max-changed', '50%')
  expect([limited.code, limited.error]).toEqual([
    2,
    expect.stringContaining('exit 2: of 1 of 4 calls nothing can be said')
  ])
})

test('calls of a log in files are made again, and stand in it', async () => {
  const directory = join(folder, 'files')
  const journal = await fileJournal({ directory })
  const log = await createAuditLog({ journal })
  old.answer(answer('Three days.'), answer('It has shipped.'), answer('Yes.'))
  await log.withContext({ session: 'S-3' }, () => talk(auditFetch(log), `${old.url}/v1`))
  await log.close()
  await journal[Symbol.asyncDispose]()
  old.answer(answer('Three days.'), answer('It is lost.'), answer('Yes.'))
  const { out } = await cli('replay', 'session:S-3', '--file', directory)
  expect(out).toContain('3 calls made again: 2 answered alike, 1 changed')
  const listed = await cli('list', 'tag.replays:*', '--jsonl', '--file', directory)
  expect(listed.out.split('\n')).toHaveLength(3)
  expect((await cli('verify', '--file', directory)).code).toBe(0)
})
