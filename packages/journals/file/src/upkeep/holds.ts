import { foldHold, HOLD_ADDED, type Hold } from '@slm-audit/core/journal'
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
