import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A line of the table. */
export interface Result {
  readonly what: string
  readonly ours: string
  readonly control: string
  readonly ratio: string
  readonly aim: string
  readonly met: boolean
}

/** How much to measure. */
export interface Effort {
  readonly rounds: number
  /** Multiplies the counts of one round. */
  readonly scale: number
  /** Whether what takes hours or many gigabytes is measured at its full size. */
  readonly isFull?: boolean
}

/** Runs variants in turn, `rounds` times, and returns each one's median. */
export async function interleave<Name extends string>(
  rounds: number,
  variants: { readonly [N in Name]: () => Promise<number> | number }
): Promise<{ readonly [N in Name]: number }> {
  const names = Object.keys(variants) as Name[]
  const measured = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 ? names.toReversed() : names) {
      const value = await variants[name]()
      // The first round warms up.
      if (round > 0) measured.get(name)?.push(value)
    }
  }
  const entries = names.map((name) => [name, median(measured.get(name) ?? [])])
  return Object.fromEntries(entries) as { [N in Name]: number }
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Runs with the path of a database in a fresh folder, which is removed afterwards. */
export async function withFile<T>(run: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-bench-'))
  try {
    return await run(join(folder, 'audit.db'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** CPU of this thread alone, in microseconds: other threads, such as the journal's, do not count. */
export function threadMicroseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** Microseconds, with the precision that they deserve. */
export function microseconds(value: number): string {
  return `${value.toFixed(Math.abs(value) < 10 ? 2 : 1)} µs`
}

/** A receiver in another process, so that its work is not taken for ours. */
export async function startReceiver(): Promise<AsyncDisposable & { readonly url: string }> {
  const program = new URL('./programs/receiver.ts', import.meta.url)
  const child = fork(program, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const [port] = await once(child.stdout ?? child, 'data')
  return {
    url: `http://127.0.0.1:${String(port).trim()}`,
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await once(child, 'exit')
    }
  }
}
