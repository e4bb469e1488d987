import { type ProtocolHome, protocolHome } from '@slm-audit/core/adapter'

/** Where another thread finds `protocol`, which every protocol of this package is exported from. */
export function homeOf(protocol: () => unknown, asksForTool?: RegExp): ProtocolHome {
  return protocolHome(protocol, () => import.meta.resolve('@slm-audit/openai'), asksForTool)
}
