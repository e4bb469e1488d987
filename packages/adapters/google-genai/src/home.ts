import type { ProtocolHome } from '@slm-audit/core'

/** Found in answers that ask for a tool. */
export const TOOLS = /"functionCall"/
/** For formats whose answers ask for none. */
export const NO_TOOLS = /(?!)/

/** Where the journal's worker finds a protocol of this package. */
export function homeOf(protocol: () => unknown, asksForTool: RegExp): ProtocolHome {
  return {
    is: (candidate) => candidate === protocol(),
    module: () => import.meta.resolve('@slm-audit/google-genai'),
    asksForTool
  }
}
