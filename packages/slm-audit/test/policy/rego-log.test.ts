import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAuditLog, openReader } from 'slm-audit'
import { afterAll, expect, test, vi } from 'vitest'
import { cli } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-rego-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rego = new URL('../../../policy-rego/', import.meta.url)
const bundle = fileURLToPath(new URL('test/fixtures/bundle/bundle.tar.gz', rego))

test('a policy file whose rule asks Rego decides before calls, and in the thread of the journal', async () => {
  copyFileSync(bundle, join(folder, 'bundle.tar.gz'))
  const policy = join(folder, 'policy.yaml')
  writeFileSync(
    policy,
    `rules:
  - name: rego
    level: Metadata
    decide:
      module: ${new URL('src/index.ts', rego).href}
      name: outcome
      options: { file: ./bundle.tar.gz, entrypoint: slm_audit/outcome }
  - { name: rest, level: Metadata }
`
  )
  const file = join(folder, 'audit.db')
  const onProblem = vi.fn()
  const log = await createAuditLog({ file, policy, onProblem })
  const model = vi.fn(async () => 'write to ada@example.org')
  const ask = (context: object, name: string) =>
    log.withContext(context, () =>
      log.record(
        { operation: 'chat', provider: 'mine', model: name, input: 'to bob@example.org' },
        model
      )
    )
  await expect(ask({ user: 'guest-1' }, 'big-70')).rejects.toMatchObject({ code: 'denied' })
  expect(model).not.toHaveBeenCalled()
  await ask({ tenant: 'nord' }, 'small')
  await ask({}, 'small')
  await log.close()
  expect(onProblem).not.toHaveBeenCalled()

  await using reader = await openReader(file)
  const { items } = await reader.query({})
  const seen = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  expect(seen.map((call) => [call?.record.policy?.rule, call?.contents.input]).sort()).toEqual([
    ['guests', 'to bob@example.org'],
    ['masked', 'to ***@*******.***'],
    ['rest', undefined]
  ])

  const call = join(folder, 'call.json')
  writeFileSync(call, '{"kind":"tool"}')
  const { out } = await cli('policy', 'explain', policy, call)
  expect(out).toContain('tools: level Metadata')
  expect((await cli('policy', 'check', policy)).out).toContain('as its module decides')
})
