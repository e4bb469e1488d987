import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAuditLog } from 'slm-audit'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-config-'))
const file = join(folder, 'audit.db')
const trace = join(folder, 'ran')
const home = process.cwd()

/** A configuration that shows that it ran. */
const PROGRAM = `import { appendFileSync } from 'node:fs'
appendFileSync(${JSON.stringify(trace)}, 'ran ')
export default { file: ${JSON.stringify(file)} }`

beforeAll(async () => {
  await using log = await createAuditLog({ file, service: 'bot', version: '1.0' })
  const request = { operation: 'chat', provider: 'test', model: 'm', input: 'hi' }
  await log.record(request, async () => 'Hello.')
  process.chdir(folder)
  return () => process.chdir(home)
})

afterEach(() => rmSync(trace, { force: true }))

const JUDGES = [
  ['verify', '--file', file],
  ['doctor', '--file', file],
  ['prove', 'last', '--out', 'proofs', '--file', file],
  ['evidence', '--out', 'pack', '--file', file],
  ['import', 'records', '--into', 'copy.db'],
  ['verify-proof', 'no.tlog-proof', '--policy', 'no.txt']
]

describe.each(['ts', 'mts', 'js', 'mjs'])('slm-audit.config.%s of a foreign folder', (ending) => {
  const config = `slm-audit.config.${ending}`

  beforeAll(() => {
    writeFileSync(config, PROGRAM)
    return () => rmSync(config)
  })

  test.each(JUDGES)('is not run by %s, which says how to follow it', async (...args) => {
    const { error } = await cli(...args)
    const [name] = args
    expect(error).toContain(`${config} is left aside: ${name} runs no program`)
    expect(error).toContain(`--config ${config} follows it`)
    expect(existsSync(trace)).toBe(false)
  })
})

test('the command line as a program runs none either, and one that is named runs once', async () => {
  const program = new URL('../src/cli.ts', import.meta.url).pathname
  writeFileSync('slm-audit.config.mjs', PROGRAM)
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, ...args], { cwd: folder })
  const { stdout, stderr } = await run('verify', '--file', file)
  expect(stdout).toMatch(/record/)
  expect(stderr).toMatch(/is left aside/)
  expect(existsSync(trace)).toBe(false)
  const named = await run('verify', '--config', 'slm-audit.config.mjs')
  expect(named.stdout).toBe(stdout)
  expect(named.stderr).not.toMatch(/left aside/)
  expect(readFileSync(trace, 'utf8')).toBe('ran ')
  rmSync('slm-audit.config.mjs')
})

test.skipIf(process.platform === 'win32')(
  'pipes in a foreign folder are not waited for',
  async () => {
    for (const name of ['slm-audit.config.json', 'audit.fifo', 'moved.key.head']) {
      execFileSync('mkfifo', [name])
    }
    const { code } = await cli('verify', '--file', file, '--signing-key', 'moved.key')
    expect(code).toBe(0)
    expect(await cli('verify', '--file', 'audit.fifo')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/audit.fifo is no file; name the database/)
    })
    expect(await cli('import', 'audit.fifo', '--into', 'copy.db')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/audit.fifo is a pipe, .* write it to a file first/)
    })
    rmSync('slm-audit.config.json')
  }
)

test('a folder that itself names the log which is judged is seen through', async () => {
  writeFileSync('slm-audit.config.json', JSON.stringify({ file }))
  const told = await cli('verify')
  expect([told.code, told.error]).toEqual([
    0,
    expect.stringContaining(`the log is ${file}, as slm-audit.config.json here says`)
  ])
  const { error } = await cli('verify', '--file', file)
  expect(error).not.toMatch(/the log is/)
  rmSync('slm-audit.config.json')
})
