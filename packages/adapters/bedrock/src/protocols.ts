import type { Protocol } from '@slm-audit/core/adapter'
import { bedrockAsync } from './bedrock-async.ts'
import { bedrockConverse } from './bedrock-converse.ts'
import { bedrockGuardrail } from './bedrock-guardrail.ts'
import { bedrockInvoke } from './bedrock-invoke.ts'
import { bedrockTokens } from './bedrock-tokens.ts'

/** All wire formats of this package, for `wrapFetch`. */
export const bedrockProtocols: readonly Protocol[] = [
  bedrockConverse as Protocol,
  bedrockInvoke as Protocol,
  bedrockTokens,
  bedrockGuardrail,
  bedrockAsync
]
