import type { KeyProviderSource } from '@slm-audit/core/node'
import { unlockContentsAt } from '@slm-audit/core/subjects'
import { checkPlace, nameOfPlace, type PlaceOptions } from './connection/connection-options.ts'

/**
 * Lets this process open the encrypted contents of a log on a server, wherever it is reached by the same address and schema, and
 * threads that it starts from now on unless the keys are behind functions. Throws AuditError `bad_key` for a source that holds no
 * keys, `bad_option` for what is no place.
 */
export function unlockPostgres(place: PlaceOptions, keys: KeyProviderSource): void {
  unlockContentsAt(nameOfPlace(checkPlace(place)), keys)
}
