import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeCorpus } from '../../../../bench/corpus/write-corpus.ts'
import { cli, cliOf } from '../run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'shop.db')
let session = ''

beforeAll(async () => {
  writeCorpus(file, { calls: 600, until: Date.UTC(2026, 5, 30) })
  const { out } = await cli('sessions', 'tool:searchPolicy', '--jsonl', '--limit', '50', '-f', file)
  const sessions = out.split('\n').map((line) => JSON.parse(line))
  session = sessions.find(({ stepCount }) => stepCount >= 4)?.session
})

describe('sessions on the command line', () => {
  test.each([60, 100, 160])(
    'a session in %i columns: a head, bars, what to type next',
    async (width) => {
      const { code, out } = await cliOf(width)('session', session, '--file', file)
      const lines = out.split('\n')
      expect(code).toBe(0)
      expect(lines[0]).toMatch(/^S-\d+ · u-\d+ · .*\d+ steps · [\d.]+ m?s/)
      expect(lines[1]).toMatch(/^user {2}\S/)
      expect(lines.filter((line) => /^[├└] .*[█▒]+ +[\d.]+ m?s/.test(line)).length).toBeGreaterThan(
        3
      )
      expect(lines.filter((line) => line.endsWith(' slowest'))).toHaveLength(1)
      expect(lines.some((line) => line.startsWith('answer  '))).toBe(true)
      expect(lines.at(-1)).toMatch(/^show \d+ \d+/)
      expect(out.includes('asks searchPolicy')).toBe(width >= 80)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
    }
  )

  test('--turns shows what each step said that was not said before', async () => {
    const { out } = await cli('session', session, '--turns', '--file', file)
    expect(out.match(/ {2}system {5}You are the support bot/g)).toHaveLength(1)
    expect(out).toMatch(/ {2}\+ \d messages said before/)
    expect(out).toMatch(/ {2}assistant {2}\S/)
    expect(out).toMatch(/ {2}arguments {2}\{"query":/)
  })

  test.each([60, 100])('steps within steps within steps fit %i columns', async (width) => {
    const nested = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'nested.db')
    const log = await createAuditLog({ file: nested })
    const ask = async (level: number): Promise<string> => {
      if (level > 30) return 'done'
      const request = { operation: 'chat', provider: 'p', model: 'small', input: `level ${level}` }
      return await log.record(request, () => ask(level + 1))
    }
    await log.withContext({ session: 'S-1' }, () => ask(0))
    await log.close()
    const { out } = await cliOf(width)('session', 'S-1', '--file', nested)
    const lines = out.split('\n')
    expect(lines.filter((line) => line.includes('small'))).toHaveLength(31)
    expect(lines.some((line) => /^└ {13}30 small/.test(line))).toBe(true)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
  })

  test('a list for programs has what users named and said without what steers a terminal', async () => {
    const hostile = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'hostile.db')
    const log = await createAuditLog({ file: hostile })
    const steering = '\u001b[2J\u0007'
    const request = {
      operation: 'chat',
      provider: 'p',
      model: `m${steering}`,
      input: `Q${steering}`
    }
    await log.withContext({ session: `S${steering}` }, () => log.record(request, async () => 'A'))
    await log.close()
    const wide = cliOf(Number.POSITIVE_INFINITY)
    for (const args of [['sessions'], ['list'], ['list', '--columns', 'session,question']]) {
      const { out } = await wide(...args, '--file', hostile)
      expect([args, out]).toEqual([args, expect.stringContaining('\\u001b[2J\\u0007')])
      expect(out.replaceAll(/[\t\n]/g, '')).not.toMatch(/\p{Cc}/u)
    }
  })

  test('sessions are listed with their first question and last answer, by a filter', async () => {
    const { out } = await cliOf(160)('sessions', 'version:2.4.0', '--file', file)
    const heads = out.split('\n').filter((line) => /^[✓✕○] /.test(line))
    expect(heads.length).toBeGreaterThan(0)
    for (const head of heads) expect(head).toContain('support-bot 2.4.0')
    const page = await cli('sessions', '--limit', '2', '--jsonl', '--file', file)
    const [cursor = ''] = /--cursor \S+/.exec(page.error) ?? []
    const next = await cli('sessions', '--limit', '2', '--jsonl', ...cursor.split(' '), '-f', file)
    const names = (page.out + next.out).match(/"session":"S-\d+"/g) ?? []
    expect(new Set(names).size).toBe(4)
    expect((await cli('sessions', 'user:nobody', '-f', file)).out).toBe('No session matches.')
  })

  test('last is the newest, and one that is not there is said', async () => {
    const [newest] = (await cli('sessions', '--jsonl', '--limit', '1', '-f', file)).out.split('\n')
    const { out } = await cli('session', 'last', '--json', '--file', file)
    expect(JSON.parse(out).session).toBe(JSON.parse(newest ?? '').session)
    expect(await cli('session', 'S-none', '--file', file)).toMatchObject({
      code: 2,
      error: expect.stringContaining('there is no session S-none; slm-audit sessions lists')
    })
  })
})
