import { AuditError } from '../base/error.ts'

/**
 * The oldest major of Node that has what journals need: older ones know no Zstandard, and end without a word when they load
 * a driver of SQLite.
 */
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
