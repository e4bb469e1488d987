import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { PRESETS } from '../../src/policy/presets.ts'
import { cli } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-policy-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SCHEMA = '../../../../docs/policy-outcome.schema.json'

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const POLICY = write(
  'policy.yaml',
  `rules:
  - name: guests
    level: Metadata
    match: { users: guest* }
    deny: guests ask nothing
  - name: gold
    level: Request
    match: { tags: { tier: gold } }
    mode: blocking
    retention: long
  - name: rest
    level: RequestResponse
    redact: [{ detectors: [email, secrets] }]
`
)

describe('policy init', () => {
  test.each(Object.keys(PRESETS))('%s is a policy with comments and sources', async (name) => {
    const path = join(folder, `${name}.yaml`)
    expect(await cli('policy', 'init', path, '--preset', name)).toMatchObject({ code: 0, out: '' })
    expect(readFileSync(path, 'utf8')).toContain('# - ')
    const checked = await cli('policy', 'check', path)
    expect(checked.code).toBe(0)
    expect(checked.out).toMatch(/digest [0-9a-f]{64}$/)
  })

  test('prints it unless a file is named, and writes over no file', async () => {
    expect((await cli('policy', 'init')).out).toContain('name: minimal')
    const again = await cli('policy', 'init', POLICY)
    expect(again.code).toBe(2)
    expect(again.error).toContain('is there already')
  })
})

test('policy check says what rules do, or what is wrong', async () => {
  const { out } = await cli('policy', 'check', POLICY)
  expect(out.split('\n').slice(1, 4)).toEqual([
    'guests  Metadata         denied',
    'gold    Request          blocking, kept as long',
    expect.stringMatching(/^rest {4}RequestResponse {2}redacts \d+ kinds of value$/)
  ])
  const flawed = write('flawed.yaml', 'rules:\n  - level: All\n  - leve: None\n')
  const { code, error } = await cli('policy', 'check', flawed)
  expect(code).toBe(2)
  expect(error).toContain(`${flawed}:2 rules[0].level must be one of`)
  expect(error).toContain(`${flawed}:3 rules[1].leve is no field of a policy; did you mean level?`)
})

describe('policy explain', () => {
  test('its outcome is of the documented form, whatever the policy', async () => {
    const schema = z.fromJSONSchema(
      JSON.parse(readFileSync(new URL(SCHEMA, import.meta.url), 'utf8'))
    )
    const failing = write(
      'failing.yaml',
      `rules:
  - { name: odd, level: Request, when: tags.tier == 'gold', capture: { media: digest }, omitStages: [received] }
  - { name: seen, level: Request, match: { users: ada }, review: { reason: why, waitSeconds: 1 } }
  - { level: None }
`
    )
    const presets = await Promise.all(
      Object.keys(PRESETS).map(async (name) => {
        const { out } = await cli('policy', 'init', '--preset', name)
        return write(`explained-${name}.yaml`, out)
      })
    )
    const calls = [{}, { user: 'guest-1' }, { user: 'ada', tags: { tier: 'gold' } }]
    for (const policy of [POLICY, failing, ...presets]) {
      for (const call of calls) {
        const file = write('explained.json', JSON.stringify(call))
        const { out } = await cli('policy', 'explain', policy, file, '--json')
        const { outcome } = JSON.parse(out) as { readonly outcome: object }
        expect(schema.safeParse(outcome).error?.message, `${policy} ${out}`).toBeUndefined()
        expect(outcome).toMatchObject({ rule: expect.any(String), redact: expect.any(Array) })
      }
    }
    expect(schema.safeParse({ level: 'None', levle: 'None' }).success).toBe(false)
  })

  test('of facts says which rule decides, and why not those before', async () => {
    const call = write('call.json', '{"user": "u-7", "tags": {"tier": "gold"}}')
    const { out } = await cli('policy', 'explain', POLICY, call)
    expect(out.split('\n')).toEqual([
      '  guests  it asks for users "guest*", which is "u-7"',
      '→ gold  all of it matches',
      '',
      'gold: level Request, mode blocking'
    ])
  })

  test('of a call of the log', async () => {
    const file = join(folder, 'audit.db')
    const log = await createAuditLog({ file })
    const request = { operation: 'chat', provider: 'test', input: 'q' }
    const { auditId } = await log.withContext({ user: 'guest-1' }, () =>
      log.record(request, async (call) => call)
    )
    await log.close()
    const { out } = await cli('policy', 'explain', POLICY, '--call', auditId, '--file', file)
    expect(out).toContain('guests: level Metadata, denied: guests ask nothing')
  })

  test('of neither, or of a fact that there is none of, says what it takes', async () => {
    expect((await cli('policy', 'explain', POLICY)).error).toContain('--call with its id')
    const call = write('odd.json', '{"modle": "x"}')
    expect((await cli('policy', 'explain', POLICY, call)).error).toContain('there is no fact modle')
  })
})

test('policy test compares decisions with what a team expects', async () => {
  const cases = write(
    'cases.yaml',
    `- name: guests are refused
  call: { user: guest-1 }
  expect: { rule: guests, denied: true }
- call: { context: { user: u, tags: { tier: gold } }, call: { operation: chat, provider: p } }
  expect: { level: Request, mode: blocking, retention: long, denied: false }
- name: addresses are taken out
  call: {}
  expect: { rule: rest, text: 'to ada@example.org', stored: 'to ⟨email⟩' }
`
  )
  expect(await cli('policy', 'test', POLICY, cases)).toMatchObject({
    code: 0,
    out: '3 of 3 cases are as expected'
  })
  const wrong = write(
    'wrong.yaml',
    '- { call: { user: guest-1 }, expect: { rule: rest, denied: false } }'
  )
  const { code, out } = await cli('policy', 'test', POLICY, wrong)
  expect(code).toBe(1)
  expect(out).toBe(
    '✕ case 1: rule is guests, not rest; denied is true, not false\n0 of 1 cases are as expected'
  )
})
