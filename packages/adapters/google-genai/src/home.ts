import { type ProtocolHome, protocolHome } from '@slm-audit/core/adapter'

/** Found in answers that ask for a tool. */
export const TOOLS = /"functionCall"/

/** Where another thread finds `protocol`, which every protocol of this package is exported from. */
export function homeOf(protocol: () => unknown, asksForTool?: RegExp): ProtocolHome {
  return protocolHome(protocol, () => import.meta.resolve('@slm-audit/google-genai'), asksForTool)
}
