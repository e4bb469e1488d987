import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeCorpus } from '../../../../bench/corpus/write-corpus.ts'
import { cli, cliOf } from '../run.ts'

const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'shop.db')
const versions = ['--by', 'version', '2.3.1', '2.4.0']

beforeAll(() => {
  writeCorpus(file, { calls: 1_500, until: Date.UTC(2026, 5, 30) })
})

describe('slm-audit compare', () => {
  test.each([60, 100, 160])(
    'in %i columns: a verdict, measures, what changed most',
    async (width) => {
      const { code, out, error } = await cliOf(width)(
        'compare',
        ...versions,
        '-n',
        '400',
        '-f',
        file
      )
      const text = out.replaceAll('\n', ' ')
      expect([code, error]).toEqual([0, ''])
      expect(text).toMatch(
        /^version 2\.3\.1 ⇄ 2\.4\.0: answers changed in \d+% of \d+ pairs \(\d+–\d+%\)/
      )
      expect(out).toMatch(/\nlatency p50 +\d+ ms +\d+ ms +\+\d+ ms .*slower\n/)
      expect(out).toMatch(/\nconfidence .*less sure\n/)
      expect(out).toMatch(/\n {2}− .*\n[\s\S]* {2}\+ .*\[[^\]]+\]/)
      expect(out).toMatch(/\n {2}show \d+ · show \d+\n/)
      expect(out.includes('95%')).toBe(width >= 80)
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
    }
  )

  test('--max-changed ends with 1 when more changed, and with 2 when nothing can be said', async () => {
    const compare = (...more: string[]) => cli('compare', ...more, '-n', '300', '-f', file)
    const over = await compare(...versions, '--max-changed', '20%')
    expect([over.code, over.error]).toEqual([1, 'exit 1: changed more than --max-changed 20%'])
    expect((await compare(...versions, '--max-changed', '1')).code).toBe(0)
    const nothing = await compare('--by', 'version', '9.0', '2.4.0', '--max-changed', '20%')
    expect([nothing.code, nothing.error]).toEqual([2, expect.stringContaining('nothing was asked')])
    expect((await compare('--by', 'version', '9.0', '2.4.0')).out).toContain('0 and 300 calls')
  })

  test('compares what was asked with two values of a setting', async () => {
    const at = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'settings.db')
    const log = await createAuditLog({ file: at })
    for (const temperature of [0, 0.7]) {
      const asked = { operation: 'chat', provider: 'mine', model: 'echo-1', input: 'How long?' }
      await log.record({ ...asked, settings: { temperature } }, async () => `at ${temperature}`)
    }
    await log.close()
    const compare = (...more: string[]) => cli('compare', '--by', ...more, '-f', at)
    const { out, code } = await compare('setting.temperature', '0', '0.7')
    expect([code, out]).toEqual([0, expect.stringMatching(/^temperature 0 ⇄ 0\.7: .* 1 pair/)])
    expect((await compare('setting.', '0', '1')).error).toContain('setting.temperature')
  })

  test('pairs what was asked under other instructions, and rows of a data set', async () => {
    const at = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'instructions.db')
    for (const [version, instructions] of [
      ['1.0', 'Be kind.'],
      ['2.0', 'Be brief.']
    ] as const) {
      await using log = await createAuditLog({ file: at, version })
      for (const row of ['7', '8', '9']) {
        const user = { role: 'user', content: `Question ${row}, asked by ${version}?` }
        const messages = [
          { role: 'system', content: instructions },
          { role: 'user', content: 'Hello' }
        ]
        const request = { operation: 'chat', provider: 'mine', model: 'echo-1' }
        await log.record({ ...request, input: messages }, async () => `Hello, I am ${version}.`)
        const asked = { ...request, input: [messages[0], user] }
        await log.withContext({ tags: { row } }, () => log.record(asked, async () => row))
      }
    }
    const compare = (...more: string[]) =>
      cli('compare', '--by', 'version', '1.0', '2.0', '-f', at, ...more)
    const none = await compare()
    expect(none.out).toContain('nothing was asked on both sides (6 and 6 calls)')
    expect(none.error).toMatch(/--pair said; .*--pair tag\.row$/)
    expect((await compare('--pair', 'said')).out).toContain('answers changed in 100% of 3 pairs')
    expect((await compare('--pair', 'tag.row')).out).toContain('answers changed in 0% of 3 pairs')
    const other = await compare('--pair', 'tag.line')
    expect([other.out, other.error]).toEqual([expect.stringContaining('(0 and 0 calls)'), ''])
    expect((await compare('--pair', 'words')).error).toContain('It takes input, said, or a tag')
  })

  test('compares as many calls as are asked for', async () => {
    const times = ['--before', '2026-06-25']
    const { out, error } = await cli('compare', ...times, '-n', '5000', '--json', '-f', file)
    expect(JSON.parse(out).calls[0]).toBeGreaterThan(1_000)
    expect(error).toBe('')
  })

  test('says that not all calls were compared, unless their number was asked for', async () => {
    const compare = (...more: string[]) =>
      cli('compare', '--before', '2026-06-25', '-f', file, ...more)
    expect((await compare()).error).toMatch(/^compared were the newest 1,000 calls of a side/)
    expect((await compare('--since', '2026-06-15')).error).toBe('')
    expect((await compare('-n', '100')).error).toBe('')
  })

  test('compares times and a part of the calls, as JSON with all pairs', async () => {
    const compare = (...more: string[]) =>
      cli('compare', ...more, '-n', '300', '--json', '-f', file)
    const time = JSON.parse((await compare('--before', '2026-05-31', 'tenant:nord')).out)
    expect(time).toMatchObject({
      by: 'time',
      first: 'before 2026-05-31',
      pairs: expect.any(Number)
    })
    const pairs = time.inputs.flatMap((input: { pairs: unknown[] }) => input.pairs)
    expect(pairs).toHaveLength(time.pairs)
  })

  test.each([
    [[], /compare takes --by <field> and two of its values, or --before <when>/],
    [['--by', 'version', '2.3.1'], /compare --by version needs two values/],
    [['--by', 'colour', 'a', 'b'], /--by cannot be 'colour'. It takes a field/],
    [['--by', 'version', 'a', 'b', 'modle:x'], /did you mean model\?/],
    [['--max-changed', 'much'], /--max-changed cannot be 'much'. It takes a share/]
  ])('%j is explained', async (args, message) => {
    const { code, error } = await cli('compare', ...args, '--file', file)
    expect([code, error]).toEqual([2, expect.stringMatching(message)])
  })
})
