import { nodeSha256 } from '@slm-audit/core/node'
import {
  hashReader,
  inclusionProof,
  leafHash,
  nodeHash,
  rootFromInclusion,
  rootOf,
  sameBytes,
  type Tile
} from '@slm-audit/core/tlog'
import {
  type Effort,
  interleave,
  microseconds,
  type Result,
  threadMicroseconds,
  withFile
} from './harness.ts'
import { noTree, writeLog } from './log-rows.ts'

const PROVED = 10_000_000
const AIM_SHARE = 0.85
/** A read for each of the hashes of a proof, and for what they are made of: 2 log₂ n. */
const MOST_TILES = 48

/** What the tree and its checkpoints cost an append, and what a proof costs in a large tree. */
export async function treeCost({ rounds, scale }: Effort): Promise<Result[]> {
  const records = Math.max(1000, Math.round(20_000 * scale))
  const { ours, bare, oursCpu, bareCpu } = await interleave(rounds, {
    ours: () => withFile((file) => writeLog(file, records)),
    bare: () => withFile((file) => writeLog(file, records, noTree)),
    oursCpu: () => withFile((file) => writeLog(file, records, undefined, threadMicroseconds)),
    bareCpu: () => withFile((file) => writeLog(file, records, noTree, threadMicroseconds))
  })
  const perSecond = (took: number) => ((records * 1000) / took).toFixed(0)
  const share = (ratio: number) => ({
    ratio: ratio.toFixed(2),
    aim: `≥ ${AIM_SHARE}`,
    met: ratio >= AIM_SHARE
  })
  return [
    {
      what: 'records per second in the worker, with the tree and checkpoints',
      ours: perSecond(ours),
      control: `without ${perSecond(bare)}`,
      ...share(bare / ours)
    },
    {
      what: 'processor time of the worker per record, with the tree and checkpoints',
      ours: microseconds(oursCpu / records),
      control: `without ${microseconds(bareCpu / records)}`,
      ...share(bareCpu / oursCpu)
    },
    await proofCost(Math.max(50, Math.round(2000 * scale)))
  ]
}

/** Proofs out of a tree whose leaves are all alike, so that its tiles need not be stored. */
async function proofCost(proofs: number): Promise<Result> {
  const complete = [leafHash(new TextEncoder().encode('leaf'), nodeSha256)]
  for (let level = 1; level < 32; level++) {
    const below = complete[level - 1] ?? new Uint8Array(32)
    complete[level] = nodeHash(below, below, nodeSha256)
  }
  const tiles = new Map<string, Uint8Array>()
  let reads = 0
  const tileOf = ({ level, n }: Tile): Uint8Array => {
    reads++
    const count = Math.floor(PROVED / 256 ** level) - n * 256
    const width = Math.max(0, Math.min(256, count))
    const key = `${level} ${width}`
    const made = tiles.get(key) ?? new Uint8Array(width * 32)
    if (!tiles.has(key)) {
      for (let at = 0; at < made.length; at += 32) made.set(complete[level * 8] ?? [], at)
      tiles.set(key, made)
    }
    return made
  }
  const read = hashReader(tileOf, nodeSha256)
  const root = rootOf(PROVED, read, nodeSha256)
  const [leaf = root] = complete
  let most = 0
  let took = 0
  for (let proof = 0; proof < proofs; proof++) {
    const index = Math.floor((proof * PROVED) / proofs)
    reads = 0
    const from = performance.now()
    const path = inclusionProof(index, PROVED, read, nodeSha256)
    took += performance.now() - from
    most = Math.max(most, reads)
    const shown = rootFromInclusion(index, PROVED, leaf, path, nodeSha256)
    if (!sameBytes(shown, root)) throw new Error(`the proof of ${index} does not hold`)
  }
  return {
    what: `proof of one record in ${PROVED.toLocaleString('en')}`,
    ours: `${microseconds((took * 1000) / proofs)}, ${most} tiles read`,
    control: '',
    ratio: '',
    aim: `≤ ${MOST_TILES} tiles`,
    met: most <= MOST_TILES
  }
}
