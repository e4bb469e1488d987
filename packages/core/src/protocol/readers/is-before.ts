import type { CallRequest } from '../../record/call-facts.ts'

/** Whether a request was sent by the client library `name` of a major below `major`; one that tells no version is not. */
export function isBefore(client: CallRequest['client'], name: string, major: number): boolean {
  if (client?.name !== name) return false
  return Number.parseInt(client.version ?? '', 10) < major
}
