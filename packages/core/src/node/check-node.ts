import { AuditError } from '@slm-audit/core/journal'

/** The oldest major of Node that the drivers of SQLite are built for: older ones end without a word when they load them. */
const OLDEST = 22

/**
 * Throws AuditError `journal_unavailable` on a Node that is too old, before anything native is loaded. Other
 * runtimes, which only name the Node that they are like, are not asked.
 */
export function checkNode(
  versions: { readonly [name: string]: string | undefined } = process.versions
): void {
  const { node = '', bun, deno } = versions
  if (bun !== undefined || deno !== undefined || !(Number.parseInt(node, 10) < OLDEST)) return
  const message = `slm-audit needs Node ${OLDEST}.18 or later, and this is Node ${node}; update Node`
  throw new AuditError('journal_unavailable', message)
}
