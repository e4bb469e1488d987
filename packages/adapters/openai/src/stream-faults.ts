import { type CallRequest, isBefore, type StreamFault } from '@slm-audit/core/adapter'

/** At what the package's clients throw: from major 7 on also at an event of which no more than the beginning came. */
export function throwsAt(client: CallRequest['client']): readonly StreamFault[] {
  const isOpenAI = client?.name.endsWith('OpenAI/JS') === true
  const throwsAtParts = isOpenAI && !isBefore(client, client.name, 7)
  return throwsAtParts ? ['malformed', 'part'] : ['malformed']
}
