import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileJournal } from '@slm-audit/file'
import { redactContents, sqliteExporter } from '@slm-audit/sqlite'
import { createAuditLog, openReader } from 'slm-audit'
import { afterAll, expect, test } from 'vitest'
import { cli } from '../run.ts'

const root = mkdtempSync(join(tmpdir(), 'slm-audit-redact-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const SECRET = 'ghp_' + 'Zq8vN2xLpR7tYc4WmK1sHd9JfB3gQe6uT5aX'
const request = { operation: 'chat', provider: 'test' }

/** Whether some file of a folder, spools aside, has a text. */
function holds(folder: string, text: string): boolean {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile())
  return files.some((path) => readFileSync(path).includes(text))
}

/** A log in which two turns share a message with a secret; and a copy of it. */
async function logIn(folder: string) {
  const file = join(folder, 'audit.db')
  const copy = join(folder, 'copy.db')
  const log = await createAuditLog({ file, exporters: [await sqliteExporter({ file: copy })] })
  const first = { role: 'user', content: `deploy with ${SECRET} please` }
  const ask = (input: unknown, output: unknown) =>
    log.withContext({ session: 'S-1', user: 'u-1' }, () =>
      log.record(
        { ...request, input },
        async (call) => {
          log.annotate(call, { note: `they are ada@example.org` })
          return { output, auditId: call.auditId }
        },
        ({ output }) => ({ output })
      )
    )
  const { auditId } = await ask([first], 'done')
  await ask(
    [first, { role: 'assistant', content: 'done' }, { role: 'user', content: 'thanks' }],
    'welcome'
  )
  await ask([{ role: 'user', content: 'no secret here' }], 'fine')
  await log.close()
  return { file, copy, auditId }
}

test('what a rule finds in stored contents is replaced, in the copy as well, and all verifies', async () => {
  const folder = join(root, 'a')
  const { file, copy, auditId } = await logIn(folder)
  const exporters = [await sqliteExporter({ file: copy })]
  const log = await createAuditLog({ file, exporters })
  await using reader = await openReader(file)
  const proved = await reader.prove(auditId)

  const rehearsed = await cli('redact', '--rule', 'secrets,email', '--dry-run', '-f', file)
  expect(rehearsed.out).toMatch(/^\d contents of \d calls would be redacted/)
  // While the application has the log open.
  const done = await cli(
    'redact',
    '--rule',
    'secrets,email',
    '-f',
    file,
    '--reason',
    'a rule was missing'
  )
  expect(done.error).toBe('')
  expect(done.out).toMatch(/^✓ \d contents of \d calls redacted/)
  const again = await cli('redact', '--rule', 'secrets,email', '-f', file)
  expect(again.out).toBe('Nothing is found; nothing is changed.')

  for (const path of [file, copy]) {
    if (path === copy) await log.close()
    await using found = await openReader(path)
    const call = await found.get(auditId)
    expect(call?.contents.input).toEqual([{ role: 'user', content: 'deploy with ⟨key⟩ please' }])
    expect(call?.absent).toBeUndefined()
    expect(call?.record.altered).toContainEqual(
      expect.objectContaining({ detector: 'github-token', operator: 'remove', what: 'erased' })
    )
    expect(call?.annotations?.[0]?.says.note).toBe('they are ⟨email⟩')
    const turns = await found.search('deploy')
    expect(turns.items).toHaveLength(2)
    for (const turn of turns.items) {
      expect(JSON.stringify((await found.get(turn.auditId))?.contents)).toContain('⟨key⟩')
    }
    expect((await found.search('ZN2xLpR7tYc4WmK1sHd9JfB3gQe6uT5aX')).items).toEqual([])
    const report = await found.verify()
    expect(report.flaw).toBeUndefined()
  }
  // A proof that was given before still holds.
  await using after = await openReader(file)
  const now = await after.prove(auditId)
  expect(now.map(({ record }) => record.leafHash)).toEqual(
    proved.map(({ record }) => record.leafHash)
  )
  expect((await cli('verify', '-f', file)).code).toBe(0)
  for (const name of readdirSync(folder))
    if (name.endsWith('-spool')) rmSync(join(folder, name), { recursive: true })
  expect(holds(folder, SECRET)).toBe(false)

  // Another rule finds in what the first one left.
  const other = await cli('redact', '--rule', 'github-token', '--operator', 'mask', '-f', file)
  expect(other.code).toBe(0)
  // And the person's words can be erased, with what they became.
  await cli('erase', '--user', 'u-1', '-f', file)
  await using erased = await openReader(file)
  expect((await erased.get(auditId))?.contents).toEqual({})
  expect((await erased.verify()).flaw).toBeUndefined()
})

test('a redaction that was killed is finished by whoever opens the log next', async () => {
  const folder = join(root, 'b')
  const { file, auditId } = await logIn(folder)
  const program = `
const { redactContents } = await import('@slm-audit/sqlite')
const rule = { redact: [{ detectors: 'secrets' }] }
let batches = 0
await redactContents(process.argv[1], { rule, reason: 'late', onProgress() { if (++batches === 1) process.kill(process.pid, 'SIGKILL') } })
`
  const cwd = new URL('../..', import.meta.url)
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, file], { cwd })
  const signal = await new Promise((resolve) => child.on('exit', (_, name) => resolve(name)))
  expect(signal).toBe('SIGKILL')
  {
    await using reader = await openReader(file)
    expect(JSON.stringify((await reader.get(auditId))?.contents)).toContain(SECRET)
    expect((await reader.verify()).flaw).toBeUndefined()
  }
  await (await createAuditLog({ file })).close()
  await using reader = await openReader(file)
  expect(JSON.stringify((await reader.get(auditId))?.contents)).toContain('⟨key⟩')
  expect((await reader.verify()).flaw).toBeUndefined()
})

test('a log in files is redacted as a database is', async () => {
  const directory = join(root, 'files')
  const log = await createAuditLog({ journal: await fileJournal({ directory }) })
  const input = `deploy with ${SECRET} please`
  const auditId = await log.record({ ...request, input }, async (call) => call.auditId)
  await log.close()
  const redact = (...more: string[]) => cli('redact', '--rule', 'secrets', ...more, '-f', directory)
  expect((await redact('--dry-run')).out).toBe('1 content of 1 call would be redacted')
  expect((await redact('--reason', 'late')).out).toMatch(/^✓ 1 content of 1 call redacted/)
  const shown = await cli('show', auditId, '-f', directory)
  expect(shown.out).toMatch(/deploy with ⟨key⟩ please/)
  expect((await redact()).out).toBe('Nothing is found; nothing is changed.')
  expect((await cli('verify', '-f', directory)).code).toBe(0)
  expect(holds(directory, SECRET)).toBe(false)
})

test('an empty word for a user means nobody, and not every call', async () => {
  const { file, auditId } = await logIn(join(root, 'c'))
  for (const option of ['--user', '--session', '--tenant']) {
    const refused = await cli('redact', '--rule', 'secrets', option, '', '-f', file)
    expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('not empty') })
  }
  await using reader = await openReader(file)
  expect(JSON.stringify((await reader.get(auditId))?.contents)).toContain(SECRET)
})

test('a key file that is named and not there is a mistake', async () => {
  const { file } = await logIn(join(root, 'd'))
  const key = ['--key-file', join(root, 'no.key'), '-f', file]
  const scope = ['--user', 'u-1', '--reason', 'x']
  for (const command of [
    ['redact', '--rule', 'secrets'],
    ['erase', ...scope],
    ['hold', 'add', '--incident', 'INC-1', ...scope]
  ]) {
    const refused = await cli(...command, ...key)
    expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('no key file') })
  }
  const labelled = await cli('annotate', 'last', '--note', 'x', '--signing-key', ...key.slice(1))
  expect(labelled).toMatchObject({ code: 2, error: expect.stringContaining('no key file') })
})

test.each([
  [{ rule: {}, reason: 'x' }, 'bad_option'],
  [{ rule: { redact: [{ detectors: 'nothing' }] }, reason: 'x' }, 'bad_policy'],
  [{ rule: { redact: [{ detectors: 'email' }] }, reason: ' ' }, 'bad_option'],
  [{ rule: { redact: [{ detectors: 'email' }] }, reason: 'x', scope: {} }, 'bad_option']
])('%j is refused', async (options, code) => {
  await expect(redactContents(join(root, 'none.db'), options as never)).rejects.toMatchObject({
    code
  })
})
