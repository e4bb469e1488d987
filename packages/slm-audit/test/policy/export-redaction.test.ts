import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { afterAll, expect, test } from 'vitest'
import { cli } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-export-redaction-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an export takes out what the detectors of policies find', async () => {
  const file = join(folder, 'audit.db')
  const log = await createAuditLog({ file })
  const messages = [
    { role: 'user', content: 'I am Ada Lovelace, ada@example.org, Ada@example.org' }
  ]
  const output = [{ role: 'assistant', content: 'hello ada@example.org' }]
  await log.record(
    { operation: 'chat', provider: 'test', model: 'm', input: { messages } },
    async () => output
  )
  await log.close()
  const rules = join(folder, 'rules.json')
  const redact = [{ detectors: 'staff' }, { detectors: 'email', operator: 'pseudonym' }]
  writeFileSync(
    rules,
    JSON.stringify({ redact, detectors: [{ id: 'staff', words: ['Ada Lovelace'] }] })
  )
  const asked = ['export', '--format', 'openai-chat', '--redact', rules, '--file', file]
  const { out } = await cli(...asked)
  expect(out).not.toMatch(/lovelace|example\.org/i)
  const pseudonyms = out.match(/⟨email-[0-9a-f]{8}⟩/g) ?? []
  expect(pseudonyms.length).toBeGreaterThanOrEqual(3)
  expect(new Set(pseudonyms).size).toBe(1)
  writeFileSync(rules, JSON.stringify({ redact: [{ detectors: 'emails' }] }))
  const { code, error } = await cli(
    'export',
    '--format',
    'openai-chat',
    '--redact',
    rules,
    '--file',
    file
  )
  expect(code).toBe(2)
  expect(error).toContain('redact[0].detectors[0] must be one of')
})
