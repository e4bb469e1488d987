import { existsSync, readdirSync } from 'node:fs'
import type { AdapterBench } from '@slm-audit/testing/bench'

const ADAPTERS = new URL('../packages/adapters/', import.meta.url)

/** What every adapter measures of itself: `test/bench.ts` of its package exports `benches`. */
export async function adapterBenches(): Promise<readonly AdapterBench[]> {
  const found: AdapterBench[] = []
  for (const name of readdirSync(ADAPTERS).sort()) {
    const module = new URL(`${name}/test/bench.ts`, ADAPTERS)
    if (!existsSync(module)) continue
    const { benches } = (await import(module.href)) as {
      readonly benches: readonly AdapterBench[]
    }
    found.push(...benches)
  }
  return found
}
