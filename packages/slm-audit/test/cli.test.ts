import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { sdk } from '@slm-audit/core/journal'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-cli-'))
const file = join(folder, 'audit.db')

beforeAll(async () => {
  await using log = await createAuditLog({ file, service: 'bot' })
  const request = { operation: 'chat', provider: 'test', model: 'm-1', settings: { seed: 3 } }
  await log.withContext({ user: 'ann', session: 's1' }, async () => {
    const input = [{ role: 'user', content: 'Where is my refund?' }]
    await log.record(
      { ...request, input },
      async () => 'On its way.',
      (answer) => ({
        output: answer,
        finishReasons: ['stop'],
        usage: { inputTokens: 5, outputTokens: 4 },
        logprobs: [{ token: 'On', logprob: Math.log(0.25) }]
      })
    )
  })
  await log.record(request, () => Promise.reject(new TypeError('broken pipe'))).catch(() => 0)
})

describe('the command line', () => {
  test('list shows calls, newest first, in 80 columns', async () => {
    const { code, out } = await cli('list', '--file', file)
    const lines = out.split('\n')
    expect(code).toBe(0)
    expect(lines[0]).toMatch(/^\w{3} \d\d \w{3} \d{4} · \S+ · newest first$/)
    expect(lines[1]).toMatch(/^3 {2}\d\d:\d\d:\d\d {2}✕ +m-1 {2}chat → TypeError +[\d.]+ ms$/)
    expect(lines[2]).toMatch(
      /^1 {2}\S+ {2}✓ ann {2}m-1 {2}Where is my refund\? → On its way\. +[\d.]+ ms$/
    )
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  test.each([
    [['--user', 'ann'], 1],
    [['--stage', 'error'], 1],
    [['--since', '1h'], 2],
    [['--until', '2001-01-01'], 0],
    [['--model', 'm-1', '--limit', '1'], 1]
  ])('list %j finds %i, as JSON lines', async (args, count) => {
    const { out } = await cli('list', '--file', file, '--jsonl', ...args)
    const calls = out === '' ? [] : out.split('\n').map((line) => JSON.parse(line))
    expect(calls).toHaveLength(count)
  })

  test('reindex makes the index anew, and verify --index compares it with the records', async () => {
    const made = await cli('reindex', '--file', file)
    expect(made).toEqual({ code: 0, out: 'indexed 5 records', error: '' })
    const right = await cli('verify', '--index', '--file', file)
    expect(right.code).toBe(0)
    expect(right.out).toContain('index as its records: 5 of them')
    truncateSync(`${file}-index`, 100)
    const damaged = await cli('verify', '--index', '--file', file)
    expect(damaged.code).toBe(2)
    expect(damaged.error).toMatch(/audit\.db-index is damaged; slm-audit reindex makes one/)
    expect((await cli('search', 'refund', '--file', file)).code).toBe(0)
    expect((await cli('reindex', '--json', '--file', file)).out).toBe('{"records":5,"skipped":[]}')
  })

  test('show tells everything of a call, found by the beginning of its id', async () => {
    const { out } = await cli('list', '--file', file, '--jsonl', '--user', 'ann')
    const { auditId } = JSON.parse(out)
    const shown = await cli('show', auditId.slice(0, -1), '--file', file)
    expect(shown.out).toMatch(/^✓ m-1 answered ann in [\d.]+ ms +✓ proven to checkpoint 5\n/)
    expect(shown.out).toContain(`  id        ${auditId}\n`)
    expect(shown.out).toContain('  user       Where is my refund?\n  assistant  On its way.\n')
    expect(shown.out).toContain('least sure: On 25%')
    expect(shown.out).toMatch(/\n {2}next: session s1 · --all · --json · prove 1$/)
    expect(shown.out).toMatch(/settings {2}seed 3/)
    const json = JSON.parse((await cli('show', auditId, '--file', file, '--json')).out)
    expect(json.contents.output).toBe('On its way.')
  })

  test.each([
    ['last', '3'],
    ['-1', '3'],
    ['-2', '1'],
    ['1', '1'],
    ['2', '1'],
    ['4', '3']
  ])('show %s is the call with the number %s', async (word, number) => {
    const { code, out } = await cli('show', word, '--file', file)
    expect([code, / log {7}(\d+),/.exec(out)?.[1]]).toEqual([0, number])
  })

  test('show says what a record says that is not a call', async () => {
    const { out } = await cli('show', '0', '--file', file)
    expect(out).toMatch(
      /^· record 0: key\.added .*\n[\s\S]* says +(?:custody file, )?key\s+slm-audit\//
    )
  })

  test('--utc shows and means times in UTC, and says so', async () => {
    const list = (...args: string[]) => cli('list', '--utc', '--file', file, ...args)
    const [call] = (await list('--jsonl')).out.split('\n')
    const { receivedAt } = JSON.parse(call ?? '')
    const { out } = await list()
    expect(out).toMatch(/^\w{3} \d\d \w{3} \d{4} · UTC · newest first\n/)
    expect(out).toContain(receivedAt.slice(11, 19))
    expect((await list('--since', receivedAt.slice(0, 19))).out).toContain('since:20')
    const shown = await cli('show', 'last', '--utc', '--file', file)
    expect(shown.out).toContain(`${receivedAt.slice(11, 23)} UTC`)
  })

  test('search marks the words; one that is nowhere is said', async () => {
    const found = await cli('search', 'refund', '--file', file)
    expect([found.code, found.out]).toEqual([0, expect.stringContaining('Where is my [refund]?')])
    const absent = await cli('search', 'unicorn', '--file', file)
    expect([absent.code, absent.out]).toEqual([0, 'No call holds unicorn.'])
  })

  test('tail --once shows the newest, oldest first', async () => {
    const { out } = await cli('tail', '--once', '--file', file)
    expect(
      out
        .split('\n')
        .slice(1)
        .map((line) => / ([✓✕]) /.exec(line)?.[1])
    ).toEqual(['✓', '✕'])
  })

  test('a page says how to get the next one, beside JSON on standard error', async () => {
    const page = (...more: string[]) => cli('list', '--limit', '1', '--file', file, ...more)
    expect(await page()).toMatchObject({
      out: expect.stringMatching(/\nmore: slm-audit list --limit 1 --file \S+ --cursor \S+$/),
      error: ''
    })
    const json = await page('--jsonl')
    const [, cursor = ''] = /^more: slm-audit list .* --cursor (\S+)$/.exec(json.error) ?? []
    const next = await page('--jsonl', '--cursor', cursor)
    expect(JSON.parse(next.out).auditId).not.toBe(JSON.parse(json.out).auditId)
    expect(next.error).toBe('')
  })

  test('--version says it', async () => {
    expect(await cli('--version')).toMatchObject({ code: 0, out: sdk.version })
  })

  test('verify says what it checked and what it could not know', async () => {
    const { code, out } = await cli('verify', '--file', file)
    expect(code).toBe(0)
    expect(out).toMatch(/✓ 5 records verified\n.* 1 checkpoint with/)
    expect(out).toMatch(/self-consistent only/)
  })

  test.each([
    [['list', '--file', '/nowhere/audit.db'], 2, /there is no audit log at .*createAuditLog/],
    [['show', 'ffff', '--file', file], 2, /there is no call ffff; slm-audit list/],
    [
      ['list', '--since', 'soonish', '--file', file],
      2,
      /--since: cannot read 'soonish' as a time; use 2h/
    ],
    [['list', '--limit', '0', '--file', file], 2, /whole number from 1 to 1000/],
    [
      ['list', '--stage', 'done', '--file', file],
      2,
      /--stage cannot be 'done'. It takes one of received, complete/
    ],
    [
      ['show', '01', '--file', file],
      2,
      /more than one record begins with "01", give more of the id: /
    ],
    [['show', '99', '--file', file], 2, /there is no call 99; slm-audit list/],
    [['show', '-9', '--file', file], 2, /there is no call -9: the log has 2 calls only/],
    [['lsit'], 2, /^slm-audit: there is no command 'lsit'; did you mean list\?$/],
    [['frobnicate'], 2, /there is no command 'frobnicate'; slm-audit --help lists them/],
    [['list', '--sinc', '2h'], 2, /list has no option --sinc; did you mean --since\?/],
    [['list', '--frobnicate'], 2, /has no option --frobnicate; slm-audit list --help lists them/],
    [['show', 'a', 'b'], 2, /show takes 1 word, not 2/],
    [['show'], 2, /show needs <call>; see slm-audit show --help/],
    [['list', '--since'], 2, /--since needs a value; see slm-audit list --help/],
    [['import', 'x'], 2, /import needs --into <file>; see/],
    [['search', '***', '--file', file], 2, /has no word/]
  ])('%j is explained', async (args, code, message) => {
    const result = await cli(...args)
    expect([result.code, result.error]).toEqual([code, expect.stringMatching(message)])
  })

  test('a file that is not a database is explained', async () => {
    const rubbish = join(folder, 'rubbish.db')
    writeFileSync(rubbish, 'this is a text, and long enough to be taken for the header of a file')
    const { code, error } = await cli('list', '--file', rubbish)
    expect([code, error]).toEqual([
      2,
      expect.stringMatching(/is not a SQLite database, or is damaged/)
    ])
  })

  test.each([
    ['list'],
    ['show', 'ffff'],
    ['search', 'refund'],
    ['tail', '--once'],
    ['verify'],
    ['prove', 'ffff'],
    ['exporters'],
    ['export', '--tiles', join(folder, 'tiles')],
    ['key'],
    ['key', 'rotate']
  ])('%s: what is not a log is explained, and nothing is made of it', async (...args) => {
    const file = join(mkdtempSync(join(folder, 'odd-')), 'audit.db')
    expect(await cli(...args, '--file', file)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/there is no audit log at/)
    })
    writeFileSync(file, '')
    expect(await cli(...args, '--file', file)).toMatchObject({
      code: 2,
      error: expect.stringMatching(/is empty, no audit log has begun in it; run the application/)
    })
    expect(readdirSync(dirname(file))).toEqual(['audit.db'])
  })

  test('an empty log says so', async () => {
    const empty = join(folder, 'empty.db')
    await (await createAuditLog({ file: empty })).close()
    expect((await cli('list', '--file', empty)).out).toBe('The log has no calls yet.')
    expect((await cli('verify', '--file', empty)).code).toBe(0)
  })

  test('runs as a program, quiet when its reader goes away', async () => {
    const program = new URL('../src/cli.ts', import.meta.url).pathname
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [program, '--help'])
    expect(stdout).toMatch(/Usage: slm-audit/)
    const piped = `${process.execPath} ${program} list --json --file ${file} | head -c 1`
    const { stderr } = await run('sh', ['-c', piped])
    expect(stderr).toBe('')
  })
})

describe('as a program', () => {
  const program = new URL('../src/cli.ts', import.meta.url).pathname
  const run = promisify(execFile)

  test.skipIf(!existsSync('/dev/full'))('output that cannot be written is explained', async () => {
    const list = `${process.execPath} ${program} list --file ${file} > /dev/full`
    const { code, stderr } = await run('sh', ['-c', list]).catch((error) => error)
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^slm-audit: the output cannot be written \(ENOSPC.*\)\n$/)
    ])
  })

  test.skipIf(!existsSync('/usr/bin/script'))('a terminal without a size is 80 wide', async () => {
    const { auditId } = JSON.parse(
      (await cli('list', '--user', 'ann', '--jsonl', '--file', file)).out
    )
    const show = `${process.execPath} ${program} show ${auditId} --file ${file}`
    const { stdout } = await run('script', ['-qec', `stty cols 0 rows 0; ${show}`, '/dev/null'])
    expect(stdout).toMatch(/user +\S*Where is my refund\?/)
  })

  test('an empty SLM_AUDIT_FILE names no file', async () => {
    const env = { ...process.env, SLM_AUDIT_FILE: '' }
    const { stderr } = await run(process.execPath, [program, 'list'], { cwd: folder, env }).catch(
      (error) => error
    )
    expect(stderr).toMatch(/there is no audit log at \.slm-audit\/audit\.db/)
  })
})

test.skipIf(process.getuid?.() !== 0 || !existsSync('/usr/bin/setpriv'))(
  'a log in a directory that may not be looked into is not called absent',
  async () => {
    const closed = mkdtempSync(join(tmpdir(), 'slm-audit-closed-'))
    const look = `import('${new URL('../src/commands/with-reader.ts', import.meta.url)}').then(({ existingFile }) => existingFile({ file: '${closed}/audit.db' }))`
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups']
    const { stderr } = await promisify(execFile)('setpriv', [
      ...nobody,
      process.execPath,
      '-e',
      look
    ]).catch((error) => error)
    expect(stderr).toMatch(/cannot be looked at \(EACCES/)
  }
)

test('createAuditLog refuses what it does not know, and paths it cannot write', async () => {
  await expect(createAuditLog({ flie: 'x' } as never)).rejects.toThrow(/no option flie/)
  for (const file of ['/dev/null/audit.db', '/proc/nowhere/audit.db']) {
    await expect(createAuditLog({ file })).rejects.toMatchObject({ code: 'journal_unavailable' })
  }
})
