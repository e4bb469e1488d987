import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileJournal } from '@slm-audit/file'
import { createAuditLog } from 'slm-audit'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli } from '../run.ts'

let database = ''
let policy = ''

let directory = ''

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-retention-'))
  database = join(folder, 'audit.db')
  directory = join(folder, 'audit-log')
  policy = join(folder, 'policy.yaml')
  writeFileSync(policy, policyOf('{ contents: P6M, headers: P2Y, preset: eu-ai-act }'))
  for (const place of [{ file: database }, { journal: await fileJournal({ directory }) }]) {
    await using log = await createAuditLog({ ...place, policy })
    for (let each = 0; each < 150; each++) {
      const request = { operation: 'chat', provider: 'test', input: 'hello' }
      await log.record(request, async () => 'answer')
    }
  }
})

const policyOf = (one: string) =>
  `retention:\n  default: usual\n  classes:\n    usual: ${one}\nrules:\n  - level: RequestResponse\n`

describe('slm-audit retention', () => {
  test.each(['a database', 'files'])(
    'says what will be due, takes what is, and leaves a log that verifies: of %s',
    async (kind) => {
      const file = kind === 'files' ? directory : database
      writeFileSync(policy, policyOf('{ contents: P6M, headers: P2Y, preset: eu-ai-act }'))
      const plan = ['retention', 'plan', '--file', file]
      expect((await cli(...plan)).out).toBe('Nothing is due.')
      const inYears = await cli(...plan, '--at', '2099-01-01')
      expect(inYears.out).toMatch(/usual +300 +300\n\nthe contents of 300 records, and 25\d whole/)
      writeFileSync(policy, policyOf('{ contents: P0D, headers: P0D }'))
      const done = await cli('retention', 'apply', '--policy', policy, '--file', file)
      expect(done.out).toMatch(
        /✓ the contents of 300 records, and 25\d whole records in 1 tile taken/
      )
      const verified = await cli('verify', '--file', file)
      expect(verified.code).toBe(0)
      expect(verified.out).toMatch(/25\d records pruned, as records of retention say/)
      const after = (await cli(...plan, '--policy', policy)).out
      expect(after).toMatch(
        /Nothing is due.\n {2}\d\d records are due and go with the rest of their/
      )
      const lines = join(file, '..', `${kind}.jsonl`)
      expect((await cli('export', '--format', 'jsonl', '--out', lines, '--file', file)).code).toBe(
        0
      )
      const exported = await cli('verify', '--file', lines)
      expect(exported.code).toBe(0)
      expect(exported.out).toMatch(/25\d records pruned, as records of retention say/)
      const into = join(file, '..', `${kind}-copy.db`)
      const copied = await cli('import', lines, '--into', into)
      expect(copied.out.replace(/\s+/g, ' ')).toMatch(/are not in that log any more, as retention/)
      const to = join(file, '..', `${kind}-second.db`)
      const second = await cli('copy', '--from', file, '--to', to, '--json')
      expect([second.code, second.error]).toEqual([1, expect.stringMatching(/^the copy is not/)])
      expect(JSON.parse(second.out)).toMatchObject({
        ...{ to, report: { size: expect.any(Number) } },
        problem: expect.stringMatching(/are not in that log any more, as retention/)
      })
      const tiles = join(file, '..', `${kind}-tiles`)
      expect((await cli('export', '--tiles', tiles, '--file', file)).code).toBe(0)
    }
  )

  test.each([
    ['{ contents: P3M, preset: eu-ai-act }', /shorter than the floor P6M of eu-ai-act.*26\(6\)/],
    ['{ headers: P2Y, preset: cnil }', /longer than the ceiling P1Y of cnil/],
    ['{ contents: P1Y, headers: P6M }', /headers is shorter than contents/],
    ['{ contents: six months }', /must be a period of ISO 8601/],
    ['{ preset: gdpr }', /preset must be one of eu-ai-act/]
  ])('refuses a class %s, with its line', async (one, message) => {
    writeFileSync(policy, policyOf(one))
    const { code, error } = await cli('retention', 'plan', '--policy', policy, '--file', database)
    expect(code).toBe(2)
    expect(error.replace(/\s+/g, ' ')).toMatch(message)
    expect(error).toMatch(/policy\.yaml:4/)
  })

  test('lists presets with their sources', async () => {
    const { out } = await cli('retention', 'presets')
    expect(out).toMatch(/eu-ai-act +P6M .*2024\/1689, Articles 19\(1\) and 26\(6\)/)
    expect(out).toMatch(/pci-dss +P12M/)
  })
})
