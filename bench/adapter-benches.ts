import type { AdapterBench } from './adapter-bench.ts'
import { frameworkBenches } from './framework-benches.ts'
import { hostedBenches } from './hosted-benches.ts'
import { localBenches } from './local-benches.ts'

/** One row an adapter, and one a chunk where it streams; a new one costs a few lines. */
export const adapterBenches: readonly AdapterBench[] = [
  ...frameworkBenches,
  ...hostedBenches,
  ...localBenches
]
