import type { ProtocolHome } from './protocol.ts'

/** Found in no answer: for formats whose answers ask for no tools. */
const NO_TOOLS = /(?!)/

/**
 * The home of a protocol that `module`, the URL of its package, exports. Both are asked for late,
 * since a protocol is not there yet while its own home is made.
 */
export function protocolHome(
  protocol: () => unknown,
  module: () => string,
  asksForTool: RegExp = NO_TOOLS
): ProtocolHome {
  return { is: (candidate) => candidate === protocol(), module, asksForTool }
}
