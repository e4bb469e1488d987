import {
  type AuditRecord,
  foldHold,
  type HeldBack,
  HOLD_ADDED,
  type Hold,
  ScopedRecords
} from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import { eventsFrom } from './events.ts'

/** What the kinds of all records about holds begin with. */
const OF_HOLDS = `${HOLD_ADDED.split('.')[0]}.`

/** The holds of a log that are in force, oldest first, read from its records. */
export async function activeHolds(directory: string, decrypt: Cipher): Promise<readonly Hold[]> {
  let holds: readonly Hold[] = []
  for await (const sealed of eventsFrom(directory, decrypt, OF_HOLDS))
    holds = foldHold(holds, sealed)
  return holds
}

/** Whether holds came, or went, since a log had so many records. */
export async function haveHoldsChanged(
  directory: string,
  decrypt: Cipher,
  since: number
): Promise<boolean> {
  for await (const _ of eventsFrom(directory, decrypt, OF_HOLDS, since)) return true
  return false
}

/** Gathers which records holds keep, for whoever reads all records of a log in a row. */
export class HeldRecords {
  readonly #holds: readonly { readonly incident: string; readonly records: ScopedRecords }[]

  constructor(holds: readonly Hold[]) {
    this.#holds = holds.map(({ incident, scope }) => ({
      incident,
      records: new ScopedRecords(scope)
    }))
  }

  /** Takes the next record of the log. */
  add(index: number, record: AuditRecord): void {
    for (const { records } of this.#holds) records.add(index, record)
  }

  /** All records that are held. */
  get indices(): ReadonlySet<number> {
    return new Set(this.#holds.flatMap(({ records }) => [...records.indices()]))
  }

  /** What of some records holds keep. */
  among(indices: ReadonlySet<number>): HeldBack {
    const held = new Set<number>()
    const incidents = new Set<string>()
    for (const { incident, records } of this.#holds) {
      for (const index of records.indices()) {
        if (!indices.has(index)) continue
        held.add(index)
        incidents.add(incident)
      }
    }
    return { held: held.size, incidents: [...incidents] }
  }
}
