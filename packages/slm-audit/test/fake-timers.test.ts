import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'

test('timers that vitest, jest or sinon had replaced before the import hold up no log', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  vi.resetModules()
  const { createAuditLog, memoryJournal } = await import('@slm-audit/core')
  const { nodePlatform } = await import('@slm-audit/core/node')
  const log = createAuditLog({ journal: memoryJournal(), platform: nodePlatform() })
  expect(await log.record({ operation: 'chat', provider: 'test' }, async () => 1)).toBe(1)
  await log.flush()
  await log.close()
})

test.each([
  ['', ''],
  [' and that has no MessageChannel, as in jsdom,', 'delete globalThis.MessageChannel']
])(
  'a script whose timers were replaced before the import%s ends with its logs closed',
  async (_which, prepare) => {
    const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-timers-')), 'audit.db')
    const script = `
    import { mock } from 'node:test'
    mock.timers.enable()
    ${prepare}
    const { createAuditLog } = await import('slm-audit')
    const core = await import('@slm-audit/core')
    const { nodePlatform } = await import('@slm-audit/core/node')
    const logs = [
      await createAuditLog({ file: ${JSON.stringify(file)} }),
      core.createAuditLog({ journal: core.memoryJournal(), platform: nodePlatform() })
    ]
    for (const log of logs) {
      await log.record({ operation: 'chat', provider: 'test' }, async () => 1)
      await log.flush()
      await log.close()
      console.log('closed')
    }
  `
    const cwd = join(import.meta.dirname, '..')
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd,
      timeout: 60_000
    })
    await expect(run).resolves.toMatchObject({ stdout: 'closed\nclosed\n' })
  }
)
