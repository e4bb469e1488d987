import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'

const program = new URL('../src/cli.ts', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'slm-audit-program-'))
const file = join(folder, 'audit.db')
const forged = join(folder, 'forged.db')

beforeAll(async () => {
  const log = await createAuditLog({ file })
  await log.record({ operation: 'chat', provider: 'p', input: 'q' }, async () => 'a')
  await log.close()
  copyFileSync(file, forged)
  const database = new DatabaseSync(forged)
  database.exec(
    `DROP TRIGGER records_no_update; UPDATE records SET header = replace(header, '"p"', '"x"')`
  )
  database.close()
})

/** Runs the program, with nobody at the other end of its outputs from the beginning where told. */
async function run(args: readonly string[], gone: ('stdout' | 'stderr')[] = [], script?: string) {
  const all = script === undefined ? [program, ...args] : ['--input-type=module', '--eval', script]
  const child = spawn(process.execPath, all, { cwd: import.meta.dirname })
  for (const name of gone) child[name].destroy()
  const read = (name: 'stdout' | 'stderr') => (gone.includes(name) ? '' : text(child[name]))
  const said = Promise.all([read('stdout'), read('stderr')])
  const [code] = await once(child, 'close')
  const [out, error] = await said
  return { code, out, error }
}

describe('exit codes mean the same, whether or not anybody reads', () => {
  test.each<[string[], number]>([
    [['verify', '--file', file], 0],
    [['verify', '--file', file, '--since', join(folder, 'none')], 0],
    [['verify', '--file', file, '--strict'], 3],
    [['verify', '--file', forged], 1],
    [['verify', '--file', join(folder, 'nowhere.db')], 2],
    [['list', '--file', file], 0],
    [['search', 'unicorn', '--file', file], 0],
    [['show', 'ffff', '--file', file], 2],
    [['lsit'], 2]
  ])('%j', async (args, code) => {
    const all = await Promise.all([run(args), run(args, ['stdout', 'stderr'])])
    expect(all.map((each) => each.code)).toEqual([code, code])
  })

  test('an export that nobody reads any more ends, and quietly', async () => {
    const args = ['export', '--format', 'jsonl', '--file', file]
    expect(await run(args, ['stdout'])).toMatchObject({
      code: 0,
      error: expect.not.stringMatching(/EPIPE/)
    })
  })
})

/** Runs the command line where some packages are not installed, and prints which were loaded. */
function withHooks(args: readonly string[], missing: string): string {
  return `
    import { registerHooks } from 'node:module'
    const loaded = new Set()
    registerHooks({
      resolve(specifier, context, next) {
        if (/^@?[a-z]/.test(specifier) && !specifier.startsWith('node:')) loaded.add(specifier)
        if (${missing}.test(specifier)) {
          throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
        }
        return next(specifier, context)
      }
    })
    process.argv = [process.argv[0], 'slm-audit', ...${JSON.stringify(args)}]
    await import(${JSON.stringify(program)})
    console.log('loaded', [...loaded].sort().join(' '))`
}

const NONE = '/^$/'

describe('packages', () => {
  test('--version loads none', async () => {
    const { out } = await run([], [], withHooks(['--version'], NONE))
    expect(out).toMatch(/^\d+\.\d+\.\d+\nloaded \n$/)
  })

  test('list loads none that others need', async () => {
    const { out } = await run([], [], withHooks(['list', '--file', file], NONE))
    expect(out).toMatch(/loaded .*@slm-audit\/sqlite/)
    expect(out).not.toMatch(
      /hono|csv-stringify|hyparquet|age-encryption|zod|@slm-audit\/(file|formats)/
    )
  })

  test.each<[string, string[], RegExp]>([
    [
      '/csv-stringify/',
      ['export', '--format', 'csv', '--file', file],
      /^slm-audit: --format csv needs csv-stringify, which is not installed: npm install csv-stringify\n$/
    ],
    [
      '/hyparquet/',
      ['export', '--format', 'parquet', '--out', join(folder, 'x'), '--file', file],
      /--format parquet needs hyparquet-writer, .* npm install hyparquet-writer/
    ],
    [
      '/hono/',
      ['witness', 'serve', '--name', 'w', '--log', 'k', '--directory', join(folder, 'w')],
      /witness serve needs @hono\/node-server hono, .* npm install @hono\/node-server hono/
    ]
  ])('without %s a command says what to install', async (missing, args, says) => {
    const { code, error } = await run([], [], withHooks(args, missing))
    expect([code, error]).toEqual([2, expect.stringMatching(says)])
  })

  test('without what writes CSV a command with --csv does nothing', async () => {
    const noted = ['annotate', '0', '--note', 'seen', '--csv', '--file', file]
    const { code, error } = await run([], [], withHooks(noted, '/csv-stringify/'))
    expect([code, error]).toEqual([2, expect.stringMatching(/--csv needs csv-stringify/)])
    expect((await run(['list', 'kind:annotation', '--jsonl', '--file', file])).out).toBe('')
  })
})
