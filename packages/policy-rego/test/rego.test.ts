import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAuditLog, memoryJournal, type PolicyDocument, parseRecord } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { parsePolicy } from '@slm-audit/core/policy'
import { afterAll, describe, expect, test, vi } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'slm-audit-rego-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/bundle/${name}`, import.meta.url))
const module = new URL('../src/index.ts', import.meta.url).href
const entrypoint = 'slm_audit/outcome'
const policyOf = (options: object, more: object = {}): PolicyDocument => ({
  retention: { default: 'long', classes: { short: { contents: 'P1D' }, long: {} } },
  rules: [
    {
      name: 'rego',
      level: 'Request',
      deny: 'Rego cannot tell',
      decide: { module, name: 'outcome', options: { entrypoint, ...options } },
      ...more
    },
    { name: 'rest', level: 'RequestResponse' }
  ]
})
const guest = { user: 'guest-1', model: 'big-70' }

describe.each(['bundle.tar.gz', 'policy.wasm'])('a policy in Rego, as %s', (name) => {
  const data = name === 'policy.wasm' ? { data: { masked_tenant: 'nord' } } : {}
  const policy = parsePolicy(policyOf({ file: fixture(name), ...data }))

  test.each<[string, object, object]>([
    [
      'refuses',
      guest,
      { rule: 'guests', level: 'Request', deny: 'guests use the small model', omitsReceived: false }
    ],
    [
      'leaves a stage out',
      { kind: 'tool', tools: 'search' },
      { rule: 'tools', level: 'Metadata', omitsReceived: true, deny: undefined }
    ],
    [
      'redacts, captures and names a retention, by its data',
      { user: 'ada', tenant: 'nord', tags: { kind: 'tool' } },
      {
        rule: 'masked',
        capture: { reasoning: 'drop' },
        redact: [{ detectors: [expect.objectContaining({ id: 'email' })], operator: 'mask' }],
        retention: 'short'
      }
    ],
    ['leaves the rest to the rules below', { user: 'ada' }, { rule: 'rest', deny: undefined }],
    [
      'that gives what is no outcome has its rule decide',
      { phase: 'broken' },
      {
        rule: 'rego',
        level: 'Metadata',
        deny: 'Rego cannot tell',
        failed: 'level is none of an outcome'
      }
    ],
    [
      'that cannot be evaluated has its rule decide, without a value of the call',
      { ...guest, phase: 'conflict' },
      {
        rule: 'rego',
        deny: 'Rego cannot tell',
        failed: expect.stringMatching(/^the policy in Rego/)
      }
    ]
  ])('%s', (_, facts, outcome) => {
    expect(policy.decide(facts)).toMatchObject(outcome)
    expect(policy.explain(facts).at(-1)).toMatchObject({ matches: true })
  })
})

test('why it decides is explained', () => {
  const policy = parsePolicy(policyOf({ file: fixture('bundle.tar.gz') }))
  const of = (facts: object) => policy.explain(facts)
  expect(of(guest)).toEqual([{ rule: 'rego', matches: true, why: 'outcome decides: guests' }])
  expect(of({})[0]).toMatchObject({
    matches: false,
    why: 'it asks outcome, which decides nothing here'
  })
  expect(of({ phase: 'broken' })[0]?.why).toContain(
    'its module failed (level is none of an outcome)'
  )
})

test('an entrypoint that is true or false says whether a rule matches', () => {
  const options = { file: fixture('bundle.tar.gz'), entrypoint: 'slm_audit/denied' }
  const policy = parsePolicy({
    rules: [
      { name: 'some', level: 'Metadata', ask: { module, name: 'holds', options } },
      { name: 'rest', level: 'RequestResponse' }
    ]
  })
  expect([policy.decide(guest).rule, policy.decide({}).rule]).toEqual(['some', 'rest'])
})

test('a call that it refuses is not made, and of others is recorded what it says', async () => {
  const journal = memoryJournal()
  const policy = policyOf({ file: fixture('bundle.tar.gz') })
  const log = createAuditLog({ journal, platform: nodePlatform(), policy })
  const model = vi.fn(async () => 'write to ada@example.org')
  const ask = (context: object, model_: string) =>
    log.withContext(context, () =>
      log.record({ operation: 'chat', provider: 'mine', model: model_, input: 'q' }, model)
    )
  await expect(ask({ user: 'guest-1' }, 'big-70')).rejects.toMatchObject({
    code: 'denied',
    message: /rule guests: guests use the small model/
  })
  expect(model).not.toHaveBeenCalled()
  await ask({ tenant: 'nord' }, 'small')
  await log.close()
  const marks = journal.records.flatMap((sealed) => parseRecord(sealed).policy ?? [])
  expect(new Set(marks.map(({ rule }) => rule))).toEqual(new Set(['guests', 'masked']))
  expect(marks.at(-1)).toMatchObject({ level: 'RequestResponse', retention: 'short' })
  const text = journal.records
    .flatMap(({ contents }) =>
      contents.map(({ body }) => new TextDecoder().decode(body ?? new Uint8Array()))
    )
    .join('\n')
  expect(text).toContain('***@*******.***')
  expect(text).not.toContain('ada@')
})

describe('a file that is another than it was', () => {
  test('is told where records are made, and changes the digest of the policy', () => {
    const file = join(root, 'policy.wasm')
    copyFileSync(fixture('policy.wasm'), file)
    const before = parsePolicy(policyOf({ file }))
    // A custom section, which says nothing.
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0, 2, 1, 97])]))
    expect(() => parsePolicy(before.document)).toThrow(/rules\[0\]\.decide .* is another file than/)
    expect(before.decide(guest).rule).toBe('guests')
    const after = parsePolicy(policyOf({ file }))
    expect(after.digest).not.toBe(before.digest)
  })
})

test.each<[string, object, RegExp]>([
  ['no file', { file: undefined }, /needs options.file/],
  ['a file that is not there', { file: join(root, 'no.wasm') }, /ENOENT/],
  ['a file that is neither', { file: fixture('policy.rego') }, /policy.rego is no bundle/],
  [
    'no entrypoint of two',
    { entrypoint: undefined },
    /entrypoint of slm_audit\/outcome, slm_audit\/denied/
  ],
  ['an entrypoint that is not there', { entrypoint: 'toString' }, /must have options.entrypoint/],
  ['an option that is none', { wasm: 'x' }, /knows no options.wasm/]
])('%s is told when the policy is read', (_, options, message) => {
  const policy = () => parsePolicy(policyOf({ file: fixture('bundle.tar.gz'), ...options }))
  expect(policy).toThrow(message)
})

test('what a module may give is bounded', () => {
  const names = join(root, 'names.mjs')
  writeFileSync(
    names,
    `export const many = ({ user }) => ({ rule: 'r' + user, level: 'None' })
     export const wrong = ({ user }) => ({ level: 'None', [user]: {} })`
  )
  const of = (name: string) =>
    parsePolicy({
      rules: [
        { name: 'own', level: 'Request', decide: { module: names, name } },
        { name: 'rest', level: 'None' }
      ]
    })
  const many = of('many')
  const found = Array.from({ length: 102 }, (_, user) => many.decide({ user: String(user) }).rule)
  expect(found.slice(98)).toEqual(['r98', 'r99', 'own', 'own'])
  for (const user of ['match', 'when', 'ask', 'decide', 'omitStages', 'failed', '__proto__x']) {
    expect(of('wrong').decide({ user })).toMatchObject({ rule: 'own', level: 'Metadata' })
  }
  expect(() =>
    parsePolicy({ rules: [{ level: 'None', decide: { module: names, name: 'many' } }] })
  ).toThrow('is the last one and matches some calls alone')
})
