import { copyFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { expect, test } from 'vitest'
import { cli } from './run.ts'

test('slm-audit rekey encrypts a database, which is then read with --key-file or the environment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-rekey-'))
  const [file, key] = [join(folder, 'audit.db'), join(folder, 'secret')]
  const log = await createAuditLog({ file })
  const request = { operation: 'chat', provider: 'test', model: 'm', input: 'quetzalcoatl' }
  await log.record(request, async () => 'yes')
  await log.close()
  const done = await cli('rekey', '--file', file, '--new-key-file', key)
  expect(done).toMatchObject({ code: 0, out: `${file} is encrypted with the key in ${key}` })
  expect(statSync(key).mode & 0o777).toBe(0o600)
  expect(readFileSync(file).includes('quetzalcoatl')).toBe(false)
  const listed = await cli('list', '--file', file, '--key-file', key, '--jsonl')
  expect(listed.out).toMatch(/quetzalcoatl/)
  const again = await createAuditLog({ file, encryption: { key: { file: key } } })
  await again.record(request, async () => 'again')
  await again.close()
  expect((await cli('verify', '--file', file, '--key-file', key)).code).toBe(0)
})

test('slm-audit says what to do with a key that is missing or wrong', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-rekey-'))
  const file = join(folder, 'audit.db')
  await (await createAuditLog({ file })).close()
  const { code, error } = await cli('list', '--file', file, '--key-file', join(folder, 'none'))
  expect(code).toBe(2)
  expect(error).toMatch(/the key file .* cannot be read/)
})

test('a command that signs says where the key of an encrypted database goes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-rekey-'))
  const [file, key] = [join(folder, 'audit.db'), join(folder, 'secret')]
  writeFileSync(key, `${'ab'.repeat(32)}\n`)
  await (await createAuditLog({ file, encryption: { key: { file: key } } })).close()
  const words = ['erase', '--user', 'u-7', '--dry-run', '--file', file]
  const { code, error } = await cli(...words, '--key-file', key)
  expect([code, error]).toEqual([2, expect.stringContaining(`${key} does not hold the key that`)])
  expect(error).toMatch(/the key of an encrypted database goes into SLM_AUDIT_DATABASE_KEY/)
})

test('contents by subject are read, verified and rotated with --contents-keys, and named without', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-contents-'))
  const [file, path] = [join(folder, 'audit.db'), join(folder, 'contents.keys')]
  writeFileSync(path, `${'ab'.repeat(32)}\n`)
  const log = await createAuditLog({ file, encryption: { contents: { keys: { file: path } } } })
  const request = { operation: 'chat', provider: 'test', model: 'm', input: 'quetzalcoatl' }
  await log.withContext({ user: 'u-7' }, () => log.record(request, async () => 'yes'))
  await log.close()
  const keys = ['--file', file, '--contents-keys', path]
  const said = await cli('annotate', 'last', '--note', 'quetzalcoatl again', ...keys)
  expect(said, said.error).toMatchObject({ code: 0 })
  expect(readFileSync(file).includes('quetzalcoatl')).toBe(false)
  // Elsewhere, as a process that has had the keys of a log has them as long as it runs.
  const copy = join(folder, 'copy.db')
  copyFileSync(file, copy)
  const [list, show, verify] = [
    await cli('list', '--file', copy),
    await cli('show', 'last', '--file', copy),
    await cli('verify', '--file', copy)
  ]
  expect(list.out).toMatch(/encrypted \(key k-[0-9a-f]{16}\)/)
  expect(show.out).toMatch(
    /encrypted: input \(key k-.*\), output \(key k-.*give its keys: --contents-keys/s
  )
  expect(verify).toMatchObject({ code: 0 })
  expect(verify.out).toMatch(
    /2 contents are encrypted and were not checked against what was sealed/
  )
  expect((await cli('key', 'rotate', ...keys)).out).toMatch(
    /^1 data key wrapped with w-[0-9a-f]{12}$/
  )
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2)
  expect((await cli('list', ...keys)).out).toContain('quetzalcoatl')
  expect((await cli('show', 'last', ...keys)).out).toContain('quetzalcoatl')
  expect((await cli('verify', ...keys)).out).not.toMatch(/not checked/)
})
