import type { Use } from '@slm-audit/testing/bench'
import { type AuditLog, createAuditLog } from 'slm-audit'
import { adapterBenches } from './adapter-benches.ts'
import {
  type Effort,
  interleave,
  microseconds,
  type Result,
  threadMicroseconds,
  withFile
} from './harness.ts'

/** What each adapter adds to a call, and to a streamed chunk, in main-thread CPU. */
export async function adapterCost({ rounds, scale }: Effort): Promise<Result[]> {
  const results: Result[] = []
  for (const adapter of await adapterBenches()) {
    results.push(
      ...(await withFile(async (file) => {
        await using log = await createAuditLog({ file, maxRecords: 1_000_000, maxBytes: 2 ** 31 })
        const uses = { bare: adapter.bare(), ours: adapter.wrapped(log) }
        const calls = await callCosts(uses, rounds, Math.round(300 * scale), log)
        const rows = [toResult(`${adapter.name}: added to a call`, calls)]
        if (uses.bare.stream === undefined) return rows
        const chunks = await chunkCosts(uses, rounds, Math.round(10 * scale), log)
        return [...rows, toResult(`${adapter.name}: added to a streamed chunk`, chunks)]
      }))
    )
  }
  return results
}

interface Costs {
  readonly bare: number
  readonly ours: number
}

interface Uses {
  readonly bare: Use
  readonly ours: Use
}

function callCosts(uses: Uses, rounds: number, count: number, log: AuditLog): Promise<Costs> {
  const cost = async (use: Use) => {
    const from = threadMicroseconds()
    for (let index = 0; index < count; index++) await use.call()
    await log.flush()
    return (threadMicroseconds() - from) / count
  }
  return interleave(rounds, { bare: () => cost(uses.bare), ours: () => cost(uses.ours) })
}

function chunkCosts(uses: Uses, rounds: number, count: number, log: AuditLog): Promise<Costs> {
  const cost = async (use: Use) => {
    let chunks = 0
    const from = threadMicroseconds()
    for (let index = 0; index <= count; index++) {
      for await (const _chunk of (await use.stream?.()) ?? []) chunks++
    }
    const took = threadMicroseconds() - from
    // What is done after the answer ended is the call's, not the chunk's.
    await log.flush()
    return took / chunks
  }
  return interleave(rounds, { bare: () => cost(uses.bare), ours: () => cost(uses.ours) })
}

function toResult(what: string, { bare, ours }: Costs): Result {
  return {
    what,
    ours: microseconds(ours - bare),
    control: `bare client ${microseconds(bare)}`,
    // Less than the clock can tell is not a number to divide by.
    ratio: bare > 0 ? (ours / bare).toFixed(2) : '–',
    aim: '',
    met: true
  }
}
