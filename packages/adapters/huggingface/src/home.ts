import type { ProtocolHome } from '@slm-audit/core'

/** Where another thread finds `protocol`, which every protocol of this package is exported from. */
export function homeOf(protocol: () => unknown): ProtocolHome {
  return {
    is: (candidate) => candidate === protocol(),
    module: () => import.meta.resolve('@slm-audit/huggingface'),
    // These formats ask for no tools.
    asksForTool: /(?!)/
  }
}
