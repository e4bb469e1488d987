import {
  checkHold,
  checkRelease,
  foldHold,
  type Hold,
  type HoldOptions,
  pendingHold,
  pendingRelease,
  type ReleaseOptions
} from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import type { Connection } from '../connection/connection.ts'
import type { PlaceOptions } from '../connection/connection-options.ts'
import { sealedAt } from '../store/sealed-rows.ts'
import { administer } from './administer.ts'

/** Records about holds, by what their headers have; what says so in another place is told apart by parsing it. */
const OF_HOLDS = `stage = 'event' AND strpos(header, '"kind":"hold.') > 0`

/** The holds of a log that are in force, oldest first, read from its records. Rejects with AuditError. */
export async function activeHolds(connection: Connection): Promise<readonly Hold[]> {
  const sql = `SELECT idx FROM ${connection.schema}.records WHERE ${OF_HOLDS} ORDER BY idx`
  const rows = await connection.rows(sql)
  const indices = rows.map(({ idx }) => Number(idx))
  return (await sealedAt(connection, indices)).reduce<readonly Hold[]>(foldHold, [])
}

/** Keeps records from retention and erasure: `LogAdmin.hold`. */
export async function addHold(place: PlaceOptions, options: HoldOptions): Promise<void> {
  checkHold(options)
  const { incident, scope, scopeName, reason, by = userName() } = options
  const pending = [
    pendingHold({ incident, scope, reason, by, ...(scopeName !== undefined && { scopeName }) })
  ]
  await administer(place, options, ({ connection, writer, size }) =>
    writer.appendNow(connection, size, [{ pending }])
  )
}

/** Ends the holds of an incident: `LogAdmin.release`. */
export async function releaseHold(place: PlaceOptions, options: ReleaseOptions): Promise<number> {
  checkRelease(options)
  const { incident, reason, by = userName() } = options
  return await administer(place, options, async ({ connection, writer, size }) => {
    const holds = await activeHolds(connection)
    const held = holds.filter((hold) => hold.incident === incident).length
    const pending = [pendingRelease({ incident, reason, by })]
    if (held > 0) await writer.appendNow(connection, size, [{ pending }])
    return held
  })
}
