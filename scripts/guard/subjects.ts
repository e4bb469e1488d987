// The adapters' own canned uses: see `packages/testing/src/bench`. Imported once fault points are planted.
import type { AdapterBench } from '../../packages/testing/src/bench/index.ts'

/** The uses of one adapter. */
export async function benchesOf(adapter: string): Promise<readonly AdapterBench[]> {
  const { benches } = (await import(`../../packages/adapters/${adapter}/test/bench.ts`)) as {
    readonly benches: readonly AdapterBench[]
  }
  return benches
}
