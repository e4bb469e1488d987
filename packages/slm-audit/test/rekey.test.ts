import { mkdtempSync, readFileSync, statSync } from 'node:fs'
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
  const listed = await cli('list', '--file', file, '--key-file', key, '--json')
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
