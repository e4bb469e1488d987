import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { createAuditLog } from 'slm-audit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quickProgram } from '../build/quick-program.ts'
import { packages } from '../packages.ts'

// Where it finds what the package has installed.
const FOLDER = `node_modules/.quick-${process.pid}`
const BUILT = resolve('packages/slm-audit', FOLDER)
const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')

beforeAll(async () => {
  await quickProgram(packages(), FOLDER)
  await using log = await createAuditLog({ file })
  await log.record(
    { provider: 'own', operation: 'chat', model: 'm-1', input: 'Where is my parcel?' },
    async () => 'On its way.'
  )
})

afterAll(() => rmSync(BUILT, { recursive: true, force: true }))

test('the built program lists a log without the modules that a list needs not', async () => {
  const program = pathToFileURL(join(BUILT, 'run-quick.js')).href
  const source = `
    const { runCli, processTerminal } = await import('${program}')
    process.exitCode = await runCli(['list', '--file', process.argv[1]], processTerminal())
    process.stderr.write(JSON.stringify(process.moduleLoadList))`
  const args = ['--input-type=module', '-e', source, file]
  // What tests start threads from loads more.
  const env = { ...process.env, NODE_OPTIONS: '' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env })
  expect(stdout).toContain('Where is my parcel?')
  expect(stdout).toContain('On its way.')
  const loaded = JSON.parse(stderr) as string[]
  expect(loaded).toContain('NativeModule worker_threads')
  for (const name of ['crypto', 'child_process', 'internal/crypto/webcrypto', 'http']) {
    expect(loaded).not.toContain(`NativeModule ${name}`)
  }
})
