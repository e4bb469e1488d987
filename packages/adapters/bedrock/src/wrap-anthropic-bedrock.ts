import { anthropicProtocols } from '@slm-audit/anthropic'
import { type AuditLog, type ClientKind, wrapClient } from '@slm-audit/core/adapter'
import { bedrockProtocols } from './protocols.ts'

const ANTHROPIC_BEDROCK: ClientKind = {
  name: '@anthropic-ai/bedrock-sdk',
  protocols: [...bedrockProtocols, ...anthropicProtocols],
  tested: ['1']
}

/**
 * Records what Anthropic's own client of Amazon Bedrock (`AnthropicBedrock`) asks, as `wrapAnthropic` does for the
 * client of their API: the same object, changed in place. Its messages are recorded as Bedrock is asked for them.
 *
 * Throws TypeError when `client` is not a client of the `@anthropic-ai/bedrock-sdk` package.
 */
export function wrapAnthropicBedrock<T extends object>(client: T, log: AuditLog): T {
  return wrapClient(client, log, ANTHROPIC_BEDROCK)
}
