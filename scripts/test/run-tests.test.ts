import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** Runs `pnpm test` on one file of a folder of its own; `left` is what it left in the temporary folder. */
function run(source: string): {
  readonly status: number | null
  readonly output: string
  readonly left: readonly string[]
} {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-run-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `export default { test: { include: ["*.test.mjs"], globalSetup: "${root}scripts/vitest/temporary-folder.ts" } }`
  )
  writeFileSync(join(folder, 'one.test.mjs'), source)
  const temporary = join(folder, 'temporary')
  mkdirSync(temporary)
  const MARK = join(folder, 'mark')
  const env = { ...process.env, TMPDIR: temporary, MARK, VITEST_JSON: '', VITEST: '' }
  const args = [join(root, 'scripts/test.ts'), `--root=${folder}`, '--reporter=default']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  return { status, output: stdout + stderr, left: readdirSync(temporary) }
}

const DIES = `
  import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
  import { tmpdir } from 'node:os'
  import { expect, test } from 'vitest'
  test('dies once', () => {
    mkdtempSync(tmpdir() + '/made-by-a-test-')
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
  // What they made in the temporary folder went with them.
  expect([died.left, failed.left]).toEqual([[], []])
})
