import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditLogOptions } from '@slm-audit/core'
import { openReader, type SqliteJournalOptions, sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'

/** A path in a fresh temporary folder. */
export function freshFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')
}

/** A log in a SQLite file that collects its problems. */
export async function openLog(
  options: SqliteJournalOptions,
  more: Partial<Omit<AuditLogOptions, 'journal'>> = {}
) {
  return collectingLog(await sqliteJournal(options), more)
}

/** Stages of all calls by how many have them. */
export async function stagesIn(file: string): Promise<{ [stage: string]: number }> {
  await using reader = await openReader(file)
  const stages: { [stage: string]: number } = {}
  let cursor: string | undefined
  do {
    const page = await reader.query({}, { limit: 1000, ...(cursor !== undefined && { cursor }) })
    for (const { stage } of page.items) stages[stage] = (stages[stage] ?? 0) + 1
    cursor = page.cursor
  } while (cursor !== undefined)
  return stages
}

/** Runs a program of this folder in its own process; resolves with how it ended. */
export async function runProgram(name: string, ...args: string[]) {
  const path = new URL(`programs/${name}.ts`, import.meta.url).pathname
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
    if (output.includes('KILL ME')) child.kill('SIGKILL')
  })
  child.stderr.on('data', (data) => {
    output += data
  })
  return new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, output }))
  })
}

export const chat = { operation: 'chat', provider: 'test' } as const
