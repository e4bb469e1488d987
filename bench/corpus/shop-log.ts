import { reindex } from '@slm-audit/sqlite'
import { type Effort, withFile } from '../harness.ts'
import { writeCorpus } from './write-corpus.ts'

/** Calls of the shop at full scale, and the fewest. */
const CALLS = 20_000
const LEAST_CALLS = 1_000

/** The moment at which the shop's log ends. */
export const UNTIL = Date.parse('2026-11-29T16:00:00Z')

/** Runs with a log of the shop and its index: one that is given, made by `pnpm corpus`, or one of its own. */
export async function withShopLog<T>(
  given: string | undefined,
  { scale }: Effort,
  run: (file: string) => Promise<T>
): Promise<T> {
  if (given !== undefined) return await run(given)
  return await withFile(async (file) => {
    const calls = Math.max(LEAST_CALLS, Math.round(CALLS * scale))
    writeCorpus(file, { calls, until: UNTIL, seed: 1 })
    await reindex(file)
    return await run(file)
  })
}
