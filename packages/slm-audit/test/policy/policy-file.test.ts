import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRecord } from '@slm-audit/core'
import { sqliteJournal } from '@slm-audit/sqlite'
import { type AuditError, type AuditLogOptions, createAuditLog, openReader } from 'slm-audit'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { readPolicyFile } from '../../src/policy/read-policy.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-policy-'))
afterEach(() => vi.unstubAllEnvs())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const place = (name: string) => join(folder, name)
let count = 0

async function open(options: AuditLogOptions) {
  const file = place(`${count++}/audit.db`)
  const problems: AuditError[] = []
  const onProblem = (problem: AuditError) => problems.push(problem)
  const log = await createAuditLog({ file, onProblem, ...options })
  return { file, log, problems }
}

/** All records, parsed. */
async function recordsOf(file: string) {
  await using journal = await sqliteJournal({ file })
  return (await Array.fromAsync(journal.read())).map((sealed) => parseRecord(sealed))
}

const request = { operation: 'chat', provider: 'test', model: 'qwen', input: 'the question' }
const POLICY = `# comments may stand anywhere
rules:
  - name: health
    level: None
    match: { tags: { area: health } }
  - name: rest
    level: Metadata
`

describe('a policy comes from', () => {
  test.each([
    ['a file', { policy: place('given.yaml') }, {}],
    ['the environment', {}, { SLM_AUDIT_POLICY: place('given.yaml') }],
    [
      'an option, whatever the environment says',
      { policy: place('given.yaml') },
      { SLM_AUDIT_POLICY: 'x' }
    ]
  ])('%s', async (_, options, environment: { SLM_AUDIT_POLICY?: string }) => {
    writeFileSync(place('given.yaml'), POLICY)
    vi.stubEnv('SLM_AUDIT_POLICY', environment.SLM_AUDIT_POLICY ?? '')
    const { file, log, problems } = await open(options)
    for (const area of ['health', 'sales']) {
      await log.withContext({ tags: { area } }, () => log.record(request, async () => 'ho'))
    }
    await log.close()
    const records = await recordsOf(file)
    const calls = records.filter(({ kind }) => kind === 'call')
    expect(calls.map(({ policy, log: { contents } }) => [policy?.rule, contents])).toEqual([
      ['rest', {}],
      ['rest', {}]
    ])
    const counted = records.find(({ kind }) => kind === 'policy.omitted')
    expect(counted?.event).toMatchObject({ policies: [{ rules: { health: 1 } }] })
    expect(problems).toEqual([])
  })

  test('a file beside the journal, when asked for', async () => {
    mkdirSync(place('beside'))
    writeFileSync(
      place('beside/slm-audit.policy.json'),
      JSON.stringify({ rules: [{ name: 'j', level: 'Metadata' }] })
    )
    const { log } = await open({ file: place('beside/audit.db'), policy: true })
    await log.record(request, async () => 'ho')
    await log.close()
    expect((await recordsOf(place('beside/audit.db'))).at(-1)?.policy?.rule).toBe('j')
  })
})

test.each([
  [
    'an expression',
    "rules:\n  - name: x\n    level: None\n    when: usr == 'ada'\n  - level: Metadata\n",
    ':4 rules[0].when has a mistake at column 1: there is no usr'
  ],
  [
    'an unknown field',
    'rules:\n  - level: None\n    levle: None\n',
    ':3 rules[0].levle is no field of a policy'
  ],
  [
    'a wildcard',
    `rules:\n  - level: None\n    match:\n      models:\n        - gpt-5\n        - g*t\n  - level: None\n`,
    ':6 rules[0].match.models[1] has a *'
  ],
  [
    'what is missing',
    'rules:\n  - level: None\n    match: { users: a }\n  - name: all\n',
    ':4 rules[1] lacks a level'
  ],
  ['no YAML', 'rules:\n  - level: [None\n', ':3 is no YAML'],
  [
    'a tab',
    'rules:\n\t- level: None\n',
    ':2 is no YAML: Tabs are not allowed as indentation; indent by spaces'
  ],
  ['a member twice', 'rules:\n  - level: None\n    level: None\n', ':3 is no YAML'],
  ['JSON', '{\n"rules": [\n{"level": "All"}]}', ':3 rules[0].level must be one of'],
  ['nothing', '', ':1 the policy must be an object']
])(
  'a file with %s is an error that names its line, and no journal is opened',
  async (_, text, problem) => {
    const path = place('flawed.yaml')
    writeFileSync(path, text)
    const file = place('never/audit.db')
    const opened = createAuditLog({ file, policy: path })
    await expect(opened).rejects.toMatchObject({
      code: 'bad_policy',
      message: expect.stringContaining(`${path}${problem}`)
    })
    expect(existsSync(file)).toBe(false)
  }
)

test('an expression decides in the journal’s thread, and refuses before the call', async () => {
  const rules = `rules:
  - name: big
    level: Metadata
    when: tags.amount > 1000.0
    match: { tags: { amount: '*' } }
  - name: guests
    level: Request
    when: user.startsWith('guest') && phase != 'dev'
    deny: guests ask nothing
  - { name: rest, level: RequestResponse }
`
  writeFileSync(place('when.yaml'), rules)
  const { file, log, problems } = await open({ policy: place('when.yaml') })
  const ask = (context: object) =>
    log.withContext(context, () => log.record(request, async () => 'ho'))
  await ask({ tags: { amount: 5_000 } })
  await ask({ tags: { amount: 5 } })
  await expect(ask({ user: 'guest-1' })).rejects.toMatchObject({ code: 'denied' })
  await log.close()
  expect(problems).toEqual([])
  const ends = (await recordsOf(file)).filter(
    ({ kind, stage }) => kind === 'call' && stage !== 'received'
  )
  expect(ends.map(({ stage, policy }) => `${stage} ${policy?.rule}`)).toEqual([
    'complete big',
    'complete rest',
    'denied guests'
  ])
})

test('aliases that grow without end are an error of the policy, and names of prototypes are names', async () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const [of, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg']) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]`)
  }
  writeFileSync(place('bomb.yaml'), `${bomb.join('\n')}\nrules: *g\n`)
  const opened = createAuditLog({ file: place('bomb.db'), policy: place('bomb.yaml') })
  await expect(opened).rejects.toMatchObject({
    code: 'bad_policy',
    message: expect.stringContaining('bomb.yaml uses too many aliases')
  })
  for (const tag of ['__proto__', 'constructor', 'toString']) {
    writeFileSync(
      place('tags.yaml'),
      `rules:\n  - { level: None, match: { tags: { ${tag}: x } } }\n  - { level: Metadata }\n`
    )
    const { rules } = readPolicyFile(place('tags.yaml'))
    expect(rules).toHaveLength(2)
  }
})

test('a file that is missing is an error with the next step', async () => {
  await expect(createAuditLog({ policy: place('missing.yaml') })).rejects.toThrow(
    'slm-audit policy init'
  )
})

test('a file is read again when it changes, and a broken one changes nothing', async () => {
  const path = place('changing.yaml')
  writeFileSync(path, POLICY)
  const { file, log, problems } = await open({ policy: path })
  writeFileSync(path, 'rules:\n  - level: Nothing\n')
  await expect
    .poll(() => problems.map(({ message }) => message), { timeout: 10_000 })
    .toEqual([expect.stringContaining(`${path}:2 rules[0].level must be one of`)])
  await log.record(request, async () => 'ho')
  writeFileSync(path, 'rules:\n  - name: new\n    level: Request\n')
  const oneCall = async () => {
    const call = log.open(request)
    call.complete({})
    await log.flush()
    return call.auditId
  }
  await expect
    .poll(
      async () => {
        const auditId = await oneCall()
        await using reader = await openReader(file)
        return (await reader.get(auditId))?.record.policy?.rule
      },
      { timeout: 10_000 }
    )
    .toBe('new')
  await log.close()
  const records = await recordsOf(file)
  const events = records.filter(({ kind }) => kind.startsWith('policy.')).map(({ kind }) => kind)
  expect(events).toEqual(['policy.set', 'policy.refused', 'policy.changed'])
})
