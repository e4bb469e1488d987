import { type CallRequest, isBefore, type StreamFault } from '@slm-audit/core/adapter'

/** At what the package's clients throw: in major 1 also at lines that are not part of an event. */
export function throwsAt(client: CallRequest['client']): readonly StreamFault[] {
  const isOld = isBefore(client, 'mistral-client-typescript', 2)
  return isOld ? ['malformed', 'unstreamed', 'outside'] : ['malformed', 'unstreamed']
}
