import { Flaw } from './flaw.ts'
import { leafOf, nodeOf } from './hashes.ts'
import { type Note, parseNote, strictBase64 } from './note.ts'
import { type Trust, type TrustPolicy, trustIn } from './trust-policy.ts'

/** A `.tlog-proof` file, c2sp.org/tlog-proof. */
export interface Proof {
  /** The record's place in the log. */
  readonly index: number
  /** Hashes from the leaf to the root. */
  readonly path: readonly Buffer[]
  /** The signed head that the proof leads to. */
  readonly note: Note
}

/** Reads a proof. Throws an Error for a text that is not one. */
export function parseProof(text: string): Proof {
  const cut = text.indexOf('\n\n')
  const [magic, ...lines] = text.slice(0, Math.max(0, cut)).split('\n')
  if (lines[0]?.startsWith('extra ')) lines.shift()
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines[0] ?? '')?.[1]
  if (magic !== 'c2sp.org/tlog-proof@v1' || index === undefined) throw new Error('not a tlog-proof')
  const path = lines.slice(1).map(strictBase64)
  return { index: Number(index), path, note: parseNote(text.slice(cut + 2)) }
}

/** Checks that an entry is in a log that the policy believes. Throws Flaw. */
export function verifyProof(
  { index, path, note }: Proof,
  entry: Uint8Array,
  policy: TrustPolicy
): Trust {
  const root = climb(index, 0, note.size, leafOf(entry), [...path])
  if (root === undefined || !note.root.equals(root)) {
    throw new Flaw(index, 'changed', 'the proof does not lead from the record to the checkpoint')
  }
  return trustIn(note, policy)
}

/**
 * The root of the leaves `from` to `to` - 1 by RFC 6962 section 2.1.1, told backwards: the last hash
 * of the path is the sibling at the top. `undefined` when the path does not have the right length.
 */
function climb(
  index: number,
  from: number,
  to: number,
  leaf: Buffer,
  path: Buffer[]
): Buffer | undefined {
  if (index < from || index >= to) return undefined
  if (to - from === 1) return path.length === 0 ? leaf : undefined
  const sibling = path.pop()
  let half = 1
  while (half * 2 < to - from) half *= 2
  const isLeft = index < from + half
  const [start, end] = isLeft ? [from, from + half] : [from + half, to]
  const own = climb(index, start, end, leaf, path)
  if (!own || sibling?.length !== 32) return undefined
  return isLeft ? nodeOf(own, sibling) : nodeOf(sibling, own)
}
