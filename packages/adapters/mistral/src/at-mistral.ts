import { type Protocol, type ProtocolHome, providerOf } from '@slm-audit/core'

/** Found in answers that ask for a tool. */
export const TOOLS = /"tool_calls":\s*\[\s*\{/
/** For formats whose answers ask for none. */
export const NO_TOOLS = /(?!)/

/** Matches requests at Mistral's hosts whose path ends so. */
export function atMistral(path: RegExp): Protocol['matches'] {
  return (url, method) =>
    method === 'POST' && path.test(url.pathname) && providerOf(url, '') === 'mistral_ai'
}

/** Where the journal's worker finds a protocol of this package. */
export function homeOf(protocol: () => unknown, asksForTool: RegExp): ProtocolHome {
  return {
    is: (candidate) => candidate === protocol(),
    module: () => import.meta.resolve('@slm-audit/mistral'),
    asksForTool
  }
}
