import type { UnsignedEnd } from '../record/unsigned-record.ts'
import type { Note } from '../tlog/note.ts'
import type { TrustPolicy } from '../tlog/trust-policy.ts'
import type { RecordFlaw } from './flaw.ts'
import type { CountedLosses } from './loss-count.ts'

/** What a verification is told. */
export interface VerifyOptions {
  /**
   * Where an earlier verification ended, as `parseCheckpoint` reads it: what is before is compared
   * by its root, and the keys by who signed it. A size alone believes what is before.
   */
  readonly since?: { readonly size: number; readonly root?: Uint8Array; readonly note?: Note }
  /** What somebody outside knows: a signed checkpoint of this log, whom to believe, or both. */
  readonly against?: {
    readonly checkpoint?: string
    readonly policy?: TrustPolicy
    /** Of how many organisations witnesses must have cosigned, beside the policy's quorum; 0 unless given. */
    readonly organisations?: number
  }
  /**
   * Signed heads that were kept beside the log, each with its place. The log must continue them; they are no
   * outside knowledge, since whoever can write the log can often write them.
   */
  readonly kept?: readonly { readonly path: string; readonly checkpoint?: string }[]
  /**
   * The file of the log's private key, where that is not beside the log: the head that is kept beside it is compared as
   * well. The key itself is not read.
   */
  readonly keyFile?: string
  /** Hears of records checked. */
  readonly onProgress?: (checked: number, of: number) => void
  /** Gives the event loop back now and then. */
  readonly rest?: () => Promise<unknown>
}

/** An end of the log that was unsigned once, and the index of the record that says so. */
export interface SignedLate extends UnsignedEnd {
  /** The index of the record that says so. */
  readonly index: number
}

/**
 * - `unanchored`: right by itself; nothing outside was compared.
 * - `anchored`: it agrees with a checkpoint kept elsewhere, or is signed by a key that a policy believes.
 * - `witnessed`: the witnesses of a policy have cosigned it.
 * - `diverged`: it is not the log that somebody knows.
 * - `flawed`: its bytes contradict themselves.
 */
export type Verdict = 'unanchored' | 'anchored' | 'witnessed' | 'diverged' | 'flawed'

/** What a verification found. */
export interface VerifyReport extends CountedLosses {
  /** Name of the log, the first line of its checkpoints. */
  readonly origin: string
  /** Records stored. */
  readonly size: number
  /** The index it began at. */
  readonly from: number
  /** How many records were found right, from `from` on. */
  readonly checked: number
  /** The first flaw, by index. */
  readonly flaw?: RecordFlaw
  /** How many checkpoints have the right root, signature and key. */
  readonly checkpoints: number
  /** The text of the newest of these checkpoints. */
  readonly newestCheckpoint?: string
  /** Records after the newest checkpoint. */
  readonly unsigned: number
  /** The keys of the log, oldest first, as verifier keys (C2SP signed-note). */
  readonly keys: readonly string[]
  /** Calls that were received and have not ended. */
  readonly openCalls: number
  /** Contents whose bytes are no longer stored, or not all of them. */
  readonly absentContents: number
  /**
   * Contents that are encrypted with keys that whoever verified was not given: that they are what was sealed is
   * not checked.
   */
  readonly encryptedContents: number
  /**
   * Contents and parts that are gone though no record of an erasure names them: somebody destroyed
   * them, or the log is a copy that was never given them.
   */
  readonly unexplained: number
  /** Records that retention took whole, as records of the log say; of these the hashes are left. */
  readonly pruned: number
  /** What the store has that belongs to no record, tile or checkpoint of the log. */
  readonly strays: number
  /** Ends of the log that had no signature when it was opened again, though no process had died. */
  readonly signedLate: readonly SignedLate[]
  /** Places of kept heads that this process may not read: what they know was not compared. */
  readonly unreadHeads: readonly string[]
  /**
   * The first record that is dated more than a minute before an earlier one. One that came into the log late, and says
   * so, counts by when it came.
   */
  readonly clockSetBack?: { readonly index: number; readonly ms: number }
  /**
   * The outside knowledge that the log agrees with. Without any, the log is consistent with itself
   * only: whoever holds its key could have written all of it anew.
   */
  readonly outside?: {
    readonly by: 'checkpoint' | 'key' | 'witnesses'
    readonly size: number
    /** The witnesses of the policy that have cosigned, by their names in it; absent without any. */
    readonly witnesses?: readonly string[]
    /** Their organisations: the domains that the names of their keys begin with, each once. */
    readonly organisations?: readonly string[]
  }
  /** What outside knowledge makes of the log, in one word. */
  readonly verdict: Verdict
  /** Who holds the newest key, as its record says: `file`, `environment`, `kms`, `process`, `signer`; absent in older logs. */
  readonly custody?: string
}

/** The report on a log of which nothing can be checked, because of a flaw in how it is stored. */
export function nothingChecked(
  { origin, size }: Pick<VerifyReport, 'origin' | 'size'>,
  flaw: RecordFlaw
): VerifyReport {
  const counts = {
    checkpoints: 0,
    openCalls: 0,
    lostRecords: 0,
    absentContents: 0,
    encryptedContents: 0,
    unexplained: 0,
    pruned: 0,
    strays: 0
  }
  const nothing = { keys: [], signedLate: [], unreadHeads: [], verdict: 'flawed' } as const
  return { origin, size, from: 0, checked: 0, flaw, unsigned: size, ...nothing, ...counts }
}
