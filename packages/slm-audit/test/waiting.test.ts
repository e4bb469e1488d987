import { spawnSync } from 'node:child_process'
import { mkdtempSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { expect, test } from 'vitest'
import { cliOf } from './run.ts'

const cli = cliOf(200)
const chat = { operation: 'chat', provider: 'test' }
const freshFile = () => join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')

/** What each command that reads says beside what it prints. */
async function notesOn(file: string): Promise<string[]> {
  const notes: string[] = []
  for (const command of [['list'], ['show', '-1'], ['verify']]) {
    notes.push((await cli(...command, '--file', file)).error)
  }
  const { out } = await cli('doctor', '--jsonl', '--file', file)
  const findings = out.split('\n').map((line) => JSON.parse(line))
  notes.push(findings.find(({ check }) => check === 'spools').says)
  return notes
}

test('calls that a running application has not brought in yet are counted by each command', async () => {
  const file = freshFile()
  const log = await createAuditLog({ file })
  await log.record({ ...chat, input: 'Hi' }, async () => 'Hello.')
  await log.flush()
  const stored = await notesOn(file)
  expect(stored.join('\n')).not.toMatch(/wait/)
  for (let at = 0; at < 3; at++) await log.record({ ...chat, input: `${at}` }, async () => 'Yes.')
  for (const said of await notesOn(file)) {
    expect(said).toMatch(
      /^3 calls wait in spools of 1 log that an application has open, and not in the log yet/
    )
  }
  await log.close()
  expect((await notesOn(file)).join('\n')).not.toMatch(/wait/)
})

test('so are those of a killed one, where the key to take them in is elsewhere', async () => {
  const file = freshFile()
  const program = `
    import { createAuditLog } from 'slm-audit'
    const log = await createAuditLog({ file: ${JSON.stringify(file)} })
    await log.record(${JSON.stringify(chat)}, async () => 1)
    await log.flush()
    await log.record(${JSON.stringify(chat)}, async () => 2)
    process.kill(process.pid, 'SIGKILL')`
  const cwd = new URL('..', import.meta.url).pathname
  const args = ['--input-type=module', '--eval', program]
  expect(spawnSync(process.execPath, args, { cwd }).signal).toBe('SIGKILL')
  renameSync(`${file}.key`, `${file}.away`)
  for (const said of await notesOn(file)) {
    expect(said).toMatch(/^1 call waits in spools of 1 log whose process was killed/)
  }
  renameSync(`${file}.away`, `${file}.key`)
  expect((await notesOn(file)).join('\n')).not.toMatch(/wait/)
})

test('an export has no spools, and nothing is said of any', async () => {
  const file = freshFile()
  await using log = await createAuditLog({ file })
  await log.record({ ...chat, input: 'Hi' }, async () => 'Hello.')
  await log.flush()
  const lines = `${file}.jsonl`
  expect((await cli('export', '--format', 'jsonl', '--out', lines, '--file', file)).code).toBe(0)
  expect(await cli('verify', '--file', lines)).toMatchObject({ code: 0, error: '' })
})
