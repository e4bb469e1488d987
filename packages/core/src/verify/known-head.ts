import { AuditError, messageOf } from '../base/error.ts'
import type { Hash } from '../base/sha256.ts'
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint.ts'
import { checkConsistency, consistencyProof, type TreeHead } from '../tlog/proof.ts'
import type { ReadHash } from '../tlog/tree.ts'
import { FlawFound, rewritten, truncated } from './flaw.ts'

/** A log that has been read to its end. */
export interface ReadLog {
  readonly origin: string
  readonly head: TreeHead
  /** The size of the newest checkpoint that is right. */
  readonly signed: number
  readonly read: ReadHash
  readonly hash: Hash | undefined
}

/**
 * Checks that a log continues a checkpoint that somebody knows; also where its records were not read
 * again, because the proof leads to the root that is known. Throws the flaw.
 *
 * @param name The checkpoint, for people.
 */
export function checkContinues(log: ReadLog, known: Checkpoint, name: string): void {
  const { head, read, hash, signed } = log
  const { origin, size } = known
  if (origin !== log.origin) {
    throw rewritten(`${name} is of the log ${origin}, this is ${log.origin}`)
  }
  if (size > head.size) {
    throw truncated(head.size, `the log once had ${size} records, as ${name} says`)
  }
  try {
    const proof = consistencyProof(size, head.size, read, hash)
    checkConsistency(known, head, proof, hash)
  } catch (error) {
    if (!AuditError.is(error)) throw error
    // What the log has signed itself is most likely as it was.
    const first = Math.max(0, Math.min(signed, size - 1))
    throw rewritten(`the first ${size} records are not those of ${name}`, first)
  }
}

/** Checks that a log continues a head that was kept at a place beside it. Throws the flaw. */
export function checkKeptHead(log: ReadLog, path: string, checkpoint: string): void {
  let head: Checkpoint
  try {
    head = parseCheckpoint(checkpoint)
  } catch (error) {
    throw new FlawFound(0, 'bad signature', `the head kept at ${path}: ${messageOf(error)}`)
  }
  checkContinues(log, head, `the head kept at ${path}`)
}
