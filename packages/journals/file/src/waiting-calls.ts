import { join } from 'node:path'
import { type WaitingCalls, waitingCalls as waitingIn } from '@slm-audit/core/node'
import { SPOOLS } from './format/layout.ts'
import { SpoolPlaces } from './journal/spool-places.ts'

/**
 * Counts the calls that wait in the spools of a log in files and are not in it yet. Changes nothing. Throws the system's
 * error where they may not be looked at.
 */
export function waitingCalls(directory: string): WaitingCalls {
  const root = join(directory, SPOOLS)
  const places = new SpoolPlaces(root)
  return waitingIn(root, (spool) => places.read(spool))
}
