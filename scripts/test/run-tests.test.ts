import { spawnSync } from 'node:child_process'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** Runs `pnpm test` on one file of a folder of its own. */
function run(source: string): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-run-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    'export default { test: { include: ["*.test.mjs"] } }'
  )
  writeFileSync(join(folder, 'one.test.mjs'), source)
  const env = { ...process.env, MARK: join(folder, 'mark'), VITEST_JSON: '', VITEST: '' }
  const args = [join(root, 'scripts/test.ts'), `--root=${folder}`, '--reporter=default']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const DIES = `
  import { existsSync, writeFileSync } from 'node:fs'
  import { expect, test } from 'vitest'
  test('dies once', () => {
    if (existsSync(process.env.MARK)) return
    writeFileSync(process.env.MARK, '')
    process.kill(process.pid, 'SIGSEGV')
    for (;;);
  })
`

test('a file whose process died is run once more, and one that fails is not', () => {
  const died = run(DIES)
  expect(died.output).toMatch(/run once more/)
  expect(died.status).toBe(0)
  const failed = run(
    "import { test } from 'vitest'; test('fails', () => { throw new Error('no') })"
  )
  expect(failed.output).not.toMatch(/run once more/)
  expect(failed.status).toBe(1)
})
