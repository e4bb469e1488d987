import type { Filter, Reader } from '@slm-audit/core/reader'

/** So many records `gap` are added up. */
const MOST_GAPS = 100

/** Records that are not in a log. */
export interface Losses {
  /** How many. */
  readonly records: number
  /** Whether all records that count them were added up: else there are more. */
  readonly isAll: boolean
  /** When the first of them was lost: ISO 8601, UTC. */
  readonly since: string
  /** When the last one was. */
  readonly until: string
}

/** What records `gap` that a filter means count as lost; `undefined` where that is nothing. */
export async function lossesIn(reader: Reader, filter: Filter): Promise<Losses | undefined> {
  const { items, cursor } = await reader.query(filter, { limit: MOST_GAPS })
  let records = 0
  const times: string[] = []
  for (const { auditId, receivedAt } of items) {
    const event = (await reader.get(auditId))?.record.event ?? {}
    // What an exporter was not given is in the log all the same.
    if (event.exporter !== undefined) continue
    records += Number(event.records ?? 0)
    times.push(String(event.since ?? receivedAt), String(event.until ?? receivedAt))
  }
  const [since, until] = [times.sort()[0], times.at(-1)]
  if (records === 0 || since === undefined || until === undefined) return undefined
  return { records, isAll: cursor === undefined, since, until }
}
