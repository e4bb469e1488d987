import {
  type Aging,
  type IndexRange,
  isErasure,
  RECORDS_PRUNED,
  readAging,
  readErasure,
  type SealedRecord
} from '@slm-audit/core/journal'
import { tellLosses } from '@slm-audit/core/node'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { lockIndex, reindexRecords } from '../index/indexer.ts'
import { forgetParts, takeOut } from './erase-stored.ts'
import { chunksOf, type LostPiece, piecesOf } from './plan-erasure.ts'
import { RetentionPlan } from './retention-plan.ts'
import { takeRecords } from './take-records.ts'

/**
 * Takes out of a copy what records that were just stored say that its log has lost of those before an index, where the copy was
 * given it before; in the transaction that stores them. Rejects with AuditError.
 */
export async function followLosses(
  connection: Connection,
  stored: readonly SealedRecord[],
  before: number
): Promise<void> {
  if (!tellLosses(stored, before)) return
  const erasures = stored.filter(isErasure).map(readErasure)
  const aged = stored.flatMap((sealed) => readAging(sealed) ?? [])
  await lockIndex(connection)
  for (const { records, commitments } of erasures) {
    const lost = new Set(commitments)
    const pieces = await piecesOf(connection, records, new Set())
    await take(
      connection,
      pieces.filter(({ commitment }) => lost.has(commitment)),
      records
    )
  }
  if (aged.length > 0) await followAging(connection, aged, before)
  await forgetParts(connection)
}

async function followAging(
  connection: Connection,
  aged: readonly { readonly kind: Aging; readonly ranges: readonly IndexRange[] }[],
  before: number
): Promise<void> {
  const plan = await RetentionPlan.followed(connection)
  for (const { kind, ranges } of aged) {
    for (const [from, to] of ranges) {
      const indices = Array.from(
        { length: Math.max(0, Math.min(to, before) - from) },
        (_, at) => from + at
      )
      for (const chunk of chunksOf(indices))
        await take(connection, await plan.piecesOf(chunk), chunk)
      if (kind !== RECORDS_PRUNED) continue
      for (let at = from; at < Math.min(to, before); at += TILE_WIDTH) {
        await takeRecords(connection, await plan.goingIn(at / TILE_WIDTH))
      }
    }
  }
}

async function take(
  connection: Connection,
  pieces: readonly LostPiece[],
  records: readonly number[]
): Promise<void> {
  if (pieces.length === 0) return
  const losing = await takeOut(connection, pieces)
  await reindexRecords(connection, [...new Set([...losing, ...records])])
}
