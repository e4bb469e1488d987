import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { columnsOf } from '../../src/render/columns.ts'
import { cliOf } from '../run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-list-')), 'audit.db')
const run = promisify(execFile)
const cli = (...args: string[]) => cliOf(100)(...args, '--file', file)

/** The questions of calls, in order. */
async function asked(...args: string[]): Promise<string[]> {
  const { out } = await cli('list', '--jsonl', ...args)
  return out === '' ? [] : out.split('\n').map((line) => JSON.parse(line).question)
}

beforeAll(async () => {
  await using log = await createAuditLog({ file })
  const calls = [
    ['first', 12, 900],
    ['second', 4_200, 30],
    ['third', 250, 40]
  ] as const
  for (const [content, durationMs, outputTokens] of calls) {
    const request = { operation: 'chat', provider: 'test', model: 'm-1' }
    log.open({ ...request, input: [{ role: 'user', content }] }).complete({
      output: `answer to the ${content}`,
      timing: { durationMs },
      usage: { outputTokens }
    })
  }
  const tool = { kind: 'tool', operation: 'execute_tool', provider: 'application' } as const
  // How long it took is said, as a busy machine would take longer than one of the others.
  const timing = { durationMs: 1 }
  log
    .open({ ...tool, name: 'lookupOrder', input: 'fourth' })
    .fail(new TypeError('gone'), { timing })
})

describe('list', () => {
  test('says of how many calls the page is the newest', async () => {
    // A machine that is busy may not count in time.
    const head = async () => (await cli('list', '--limit', '1')).out.split('\n')[0]
    await expect.poll(head).toMatch(/ · newest first · 1 of 4$/)
  })

  test.each([
    [
      ['--sort', 'took'],
      ['second', 'third', 'first', 'fourth']
    ],
    [
      ['--sort', 'out', '--limit', '2'],
      ['first', 'third']
    ],
    [['--slow'], ['second']],
    [
      ['--slow', '200ms'],
      ['third', 'second']
    ],
    [['--error'], ['fourth']],
    [['--tool'], ['fourth']],
    [['--tool', 'lookupOrder'], ['fourth']],
    [['--tool', 'another'], []],
    [['--error', '-tool:lookupOrder'], []]
  ])('%j', async (args, questions) => {
    const found = await asked(...args)
    expect(found).toEqual(questions)
  })

  test('says in the first line how it is sorted', async () => {
    expect((await cli('list', '--sort', 'took')).out).toMatch(/· slowest first\n/)
  })

  test('--columns takes the columns that are named, or more and less than the usual ones', async () => {
    const { out } = await cli('list', '--columns', 'number,question,took', '--limit', '2')
    const [heads, fourth, third] = out.split('\n')
    expect(heads).toMatch(/^number +question +took$/)
    expect(fourth).toMatch(/^ +7 +fourth +[\d.]+ ms$/)
    expect(third).toMatch(/^ +5 +third +250 ms$/)
    const more = (await cli('list', '--columns', '+tokens,-answer')).out
    expect(more).toMatch(/^number +time +user +model +question +took +tokens\n/)
    for (const line of more.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(100)
    const piped = await cliOf(Number.POSITIVE_INFINITY)(
      ...['list', '--columns', 'number,answer', '--limit', '2', '--file', file]
    )
    expect(piped.out).toMatch(/^7\t[^\t\n]*\n5\tanswer to the third$/)
    expect(await cli('list', '--columns', 'usr')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/there is no column usr; take some of number, id/)
    })
  })

  test('the last line is the command for the next page, as a shell takes it', async () => {
    const first = await cli('list', "model:m-* OR user:'x'", '--limit', '2')
    const [, command = ''] = /\nmore: (.*)$/.exec(first.out) ?? []
    expect(command).toMatch(
      /^slm-audit list 'model:m-\* OR user:'\\''x'\\''' --limit 2 --file \S+ --cursor \S+$/
    )
    const program = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
    const typed = command.replace('slm-audit', `${process.execPath} ${program}`)
    const { stdout, stderr } = await run('sh', ['-c', typed])
    expect(stdout).toMatch(/\tfirst\t/)
    expect(stderr).toBe('')
  })
})

describe.skipIf(!existsSync('/usr/bin/script'))('the pager', () => {
  const program = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
  const onTerminal = async (rows: number, PAGER: string) => {
    const command = `stty cols 80 rows ${rows}; ${process.execPath} ${program} list --file ${file}`
    const env = { ...process.env, PAGER }
    return (await run('script', ['-qec', command, '/dev/null'], { env })).stdout
  }

  test('shows what is longer than the screen, and nothing else', async () => {
    expect(await onTerminal(4, 'sed s/^/paged:/')).toMatch(/^paged:.*\r?\n/)
    expect(await onTerminal(40, 'sed s/^/paged:/')).not.toContain('paged:')
    expect(await onTerminal(4, 'cat')).toContain('lookupOrder')
  })

  test('that is not there costs nothing', async () => {
    expect(await onTerminal(4, 'no-such-pager')).toContain('lookupOrder')
  })
})
