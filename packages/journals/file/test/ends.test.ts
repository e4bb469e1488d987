import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditError, type AuditRecord, parseRecord } from '@slm-audit/core'
import { fileJournal, openLogSource } from '@slm-audit/file'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { collect, freshPath, openLog } from './support.ts'

const identity = await generateX25519Identity()
const recipient = await identityToRecipient(identity)

function run(directory: string, ...args: string[]): Promise<string> {
  const program = new URL('./programs/calls.ts', import.meta.url).pathname
  return new Promise((resolve) => {
    execFile(process.execPath, [program, directory, ...args], (_error, stdout, stderr) => {
      resolve(stdout + stderr)
    })
  })
}

async function recordsIn(directory: string): Promise<AuditRecord[]> {
  const source = await openLogSource(directory, { identities: [identity] })
  const report = await source.verify()
  expect(report.flaw).toBeUndefined()
  return (await collect(source.records())).map(parseRecord)
}

function stagesOf(records: readonly AuditRecord[]): { [stage: string]: number } {
  const stages: { [stage: string]: number } = {}
  for (const { kind, stage } of records) {
    if (kind === 'call') stages[stage] = (stages[stage] ?? 0) + 1
  }
  return stages
}

describe('the end of a process', () => {
  test.each(['return', 'exit'])('after %s, nothing is lost', async (end) => {
    const directory = freshPath()
    expect(await run(directory, '40', end)).toBe('')
    expect(stagesOf(await recordsIn(directory))).toEqual({ received: 40, complete: 40 })
    expect(readdirSync(directory).filter((name) => name.startsWith('writer-'))).toEqual([])
  })

  test.each([
    ['plain', [], [], { operation: 'chat', provider: 'test' }],
    ['encrypted', [recipient], [identity], { operation: 'chat', provider: 'test' }]
  ])('a kill loses no answered call; the open one is abandoned (%s)', async (_, to, own, call) => {
    const directory = freshPath()
    await run(directory, '15', 'kill', ...to)
    await using journal = await fileJournal({ directory, recipients: to, identities: own })
    await journal.takenOver?.()
    const records = await recordsIn(directory)
    expect(stagesOf(records)).toEqual({ received: 16, complete: 15, abandoned: 1 })
    const ended = records.find(({ stage }) => stage === 'abandoned')
    expect(ended).toMatchObject({ kind: 'call', outcome: { by: 'crash' } })
    expect(ended?.call).toEqual(call)
    await journal[Symbol.asyncDispose]()
    const names = readdirSync(directory).filter((name) => name.startsWith('writer-'))
    expect(names).toEqual([])
  })

  test('what waits in the spool of an encrypted log is encrypted, until somebody with an identity opens it', async () => {
    const directory = freshPath()
    await run(directory, '15', 'kill', recipient)
    const spools = readdirSync(join(directory, 'spool'), { recursive: true, withFileTypes: true })
    const texts = spools
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    expect(texts.length).toBeGreaterThan(1)
    for (const text of texts) expect(text).not.toMatch(/call \d|left open|provider/)
    const before = stagesOf(await recordsIn(directory))

    const problems: AuditError[] = []
    const blind = await fileJournal({ directory, recipients: [recipient] })
    blind.reportTo?.((problem) => problems.push(problem))
    await blind.takenOver?.()
    await blind[Symbol.asyncDispose]()
    expect(problems).toMatchObject([{ code: 'bad_key' }])
    expect(stagesOf(await recordsIn(directory))).toEqual(before)

    // Without the recipients what was encrypted would get into the log in plain.
    const plain = await fileJournal({ directory, identities: [identity] })
    await plain.takenOver?.()
    await plain[Symbol.asyncDispose]()
    expect(stagesOf(await recordsIn(directory))).toEqual(before)

    const opened = { directory, recipients: [recipient], identities: [identity] }
    await using journal = await fileJournal(opened)
    await journal.takenOver?.()
    expect(stagesOf(await recordsIn(directory))).toEqual({
      received: 16,
      complete: 15,
      abandoned: 1
    })
  })

  test('whoever reads the directory takes in what a killed process left', async () => {
    const directory = freshPath()
    await run(directory, '15', 'kill')
    expect(stagesOf(await recordsIn(directory))).toEqual({
      received: 16,
      complete: 15,
      abandoned: 1
    })
    expect(existsSync(join(directory, 'spool'))).toBe(false)
  })

  test('three processes append to one directory at once: every call once, no hole', async () => {
    const directory = freshPath()
    const outputs = await Promise.all([1, 2, 3].map(() => run(directory, '100', 'return')))
    expect(outputs).toEqual(['', '', ''])
    const records = await recordsIn(directory)
    expect(stagesOf(records)).toEqual({ received: 300, complete: 300 })
    expect(new Set(records.map(({ auditId }) => auditId)).size).toBe(301)
    // What an exit left undone, the next opening does.
    await (await openLog({ directory, compression: 'gzip' })).log.close()
    expect((await recordsIn(directory)).length).toBe(records.length)
    const files = readdirSync(directory).filter((name) => name.endsWith('.gz'))
    expect(files.length).toBeGreaterThan(0)
  })

  test('only the owner can read what is written', async () => {
    const directory = freshPath()
    await run(directory, '100', 'return')
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(directory, { recursive: true })) {
      const stat = statSync(join(directory, String(name)))
      expect([name, stat.mode & 0o077]).toEqual([name, 0])
    }
  })
})
