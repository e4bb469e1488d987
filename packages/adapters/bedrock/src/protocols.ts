import type { Protocol } from '@slm-audit/core'
import { bedrockConverse } from './bedrock-converse.ts'
import { bedrockInvoke } from './bedrock-invoke.ts'

/** All wire formats of this package, for `wrapFetch`. */
export const bedrockProtocols: readonly Protocol[] = [
  bedrockConverse as Protocol,
  bedrockInvoke as Protocol
]
