import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { openReader, sqliteJournal } from '@slm-audit/sqlite'
import { expect } from 'vitest'

const execute = promisify(execFile)
const program = new URL('../programs/append.ts', import.meta.url).pathname

/** Whether strace is there and may trace; where not, the tests that need it say so. */
export const canTrace = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0

/** Runs the appending program with a fault in its system calls; resolves with what was acknowledged. */
export async function appendUnderFault(
  file: string,
  durability: string,
  batches: number,
  inject: readonly string[]
): Promise<string[]> {
  const calls = inject.map((each) => each.split(':')[0]).join(',')
  const trace = ['-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', `trace=${calls}`]
  const faults = inject.flatMap((each) => ['-e', `inject=${each}`])
  const args = [...trace, ...faults, process.execPath, program, file, durability, `${batches}`]
  const { stdout } = await execute('strace', args).catch((ended: { stdout: string }) => ended)
  return [...stdout.matchAll(/acked (\S+)/g)].map(([, auditId = '']) => auditId)
}

/** How often the appending program waits for the disk. */
export async function countSyncs(file: string, durability: string, batches: number) {
  const list = `${file}.trace`
  const trace = ['-f', '-qq', '--seccomp-bpf', '-o', list, '-e', 'trace=fsync,fdatasync']
  await execute('strace', [...trace, process.execPath, program, file, durability, `${batches}`])
  return readFileSync(list, 'utf8').split('sync(').length - 1
}

/** The files that a process wrote which made calls, by their paths; one that was removed while it was open says `(deleted)`. */
export async function pathsWritten(file: string, calls: number): Promise<Set<string>> {
  const list = `${file}.trace`
  const trace = ['-f', '-qq', '-y', '--seccomp-bpf', '-o', list, '-e', 'trace=pwrite64']
  const made = new URL('../programs/calls.ts', import.meta.url).pathname
  await execute('strace', [...trace, process.execPath, made, file, 'process', `${calls}`, 'return'])
  const lines = readFileSync(list, 'utf8').matchAll(/pwrite64\(\d+<([^>]*)>([^,]*)/g)
  return new Set(Array.from(lines, ([, path = '', rest = '']) => path + rest))
}

/** A log that has no record but its key's. */
export async function emptyLog(file: string): Promise<void> {
  const journal = await sqliteJournal({ file, origin: 'example.com/log' })
  await journal[Symbol.asyncDispose]()
}

/** What must hold after any fault: all that was acknowledged is stored, once, and the log goes on. */
export async function expectWhole(file: string, acked: readonly string[]): Promise<void> {
  await emptyLog(file)
  await using reader = await openReader(file)
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ checked: report.size, unsigned: 0, keys: [expect.any(String)] })
  const { items } = await reader.query({ kind: 'test' }, { limit: 1000 })
  const stored = items.map(({ auditId }) => auditId)
  expect(new Set(stored).size).toBe(stored.length)
  expect(stored).toEqual(expect.arrayContaining([...acked]))
}
