import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditRecord, parseRecord } from '@slm-audit/core'
import { openLogSource } from '@slm-audit/file'
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
    ['encrypted', [recipient], [identity], { operation: 'chat', provider: 'test' }],
    ['encrypted, without an identity', [recipient], [], undefined]
  ])('a kill loses no answered call; the open one is abandoned (%s)', async (_, to, own, call) => {
    const directory = freshPath()
    await run(directory, '15', 'kill', ...to)
    expect(stagesOf(await recordsIn(directory))).toEqual({ received: 16, complete: 15 })
    const { log } = await openLog({ directory, recipients: to, identities: own })
    await log.close()
    const records = await recordsIn(directory)
    expect(stagesOf(records)).toEqual({ received: 16, complete: 15, abandoned: 1 })
    const ended = records.find(({ stage }) => stage === 'abandoned')
    expect(ended).toMatchObject({ kind: 'call', outcome: { by: 'crash' } })
    expect(ended?.call).toEqual(call)
    const names = readdirSync(directory).filter((name) => name.startsWith('writer-'))
    expect(names).toEqual([])
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
