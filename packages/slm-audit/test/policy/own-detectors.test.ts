import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditError, createAuditLog, openReader, type PolicyDocument } from 'slm-audit'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-own-detectors-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string) => join(folder, name)

/** What is stored of two calls that say `input`, each by a log of its own. */
async function storedTwice(name: string, policy: PolicyDocument | string, input: string) {
  const problems: AuditError[] = []
  const stored: unknown[] = []
  for (let time = 0; time < 2; time++) {
    const onProblem = (problem: AuditError) => problems.push(problem)
    const log = await createAuditLog({ file: file(name), policy, onProblem })
    const { auditId } = await log.record(
      { operation: 'chat', provider: 'test', input },
      async (call) => call
    )
    await log.close()
    await using reader = await openReader(file(name))
    stored.push((await reader.get(auditId))?.contents.input)
  }
  expect(problems).toEqual([])
  return stored
}

test('patterns and modules of a policy’s file find values in the journal’s thread', async () => {
  writeFileSync(
    file('badges.mjs'),
    `import { isMainThread } from 'node:worker_threads'
export function find(text) {
  const at = text.indexOf(isMainThread ? '#main#' : '#worker#')
  return at < 0 ? [] : [[at, at + 8]]
}`
  )
  const policy = `detectors:
  - { id: staff, pattern: 'EMP-\\d{6}', label: employee }
  - { id: badge, module: ./badges.mjs }
rules:
  - level: RequestResponse
    redact:
      - { detectors: staff, operator: pseudonym }
      - { detectors: badge }
`
  writeFileSync(file('policy.yaml'), policy)
  const [first, second] = await storedTwice('a.db', file('policy.yaml'), 'EMP-123456 #worker#')
  expect(first).toMatch(/^⟨employee-[0-9a-f]{8}⟩ ⟨value⟩$/)
  expect(second).toBe(first)
})

test('a function finds values in the application’s thread, and pseudonyms stay from start to start', async () => {
  const cats = {
    id: 'cats',
    find: (text: string) =>
      [...text.matchAll(/cat/g)].map(({ index }) => [index, index + 3] as const)
  }
  const policy: PolicyDocument = {
    detectors: [cats],
    rules: [{ level: 'RequestResponse', redact: [{ detectors: 'cats', operator: 'pseudonym' }] }]
  }
  const [first, second] = await storedTwice('b.db', policy, 'a cat')
  expect(first).toMatch(/^a ⟨value-[0-9a-f]{8}⟩$/)
  expect(second).toBe(first)
})
