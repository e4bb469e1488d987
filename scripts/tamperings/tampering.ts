import type { RecordFlaw } from '../../packages/core/src/journal.ts'

/** One thing that somebody does to a stored log, and what verification must say. */
export interface Tampering<Target> {
  readonly name: string
  /** Changes the copy; gives the first record that is concerned where that is known only then. */
  readonly run: (target: Target) => unknown
  /** What is found from the stored bytes alone: a flaw, or a count that is no flaw. */
  readonly found: Found
  /** Where the stored bytes alone do not show it: what shows it. */
  readonly shownBy?: readonly Mode[]
}

/** How a log is verified: alone, from an earlier checkpoint on, against a policy, against the newest checkpoint. */
export const MODES = ['full', 'since', 'policy', 'outside'] as const
export type Mode = (typeof MODES)[number]

/** A flaw of a kind at an index, or the member of the report that counts it, or nothing. */
export type Found =
  | { readonly kind: RecordFlaw['kind']; readonly index: number }
  | { readonly counted: 'strays' | 'unsigned' | 'absentContents' }
  | undefined

/** A flaw that is found. */
export const flaw = (kind: RecordFlaw['kind'], index: number): Found => ({ kind, index })
