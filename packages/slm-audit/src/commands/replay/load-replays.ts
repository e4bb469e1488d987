import { loadOptional } from '../../base/load-optional.ts'

/** What `@slm-audit/replay` exports. */
export type Replays = typeof import('@slm-audit/replay')

/**
 * Loads `@slm-audit/replay`. Rejects with AuditError `bad_option` where it is not installed.
 *
 * @param what What needs it, as the user typed it.
 */
export function loadReplays(what: string): Promise<Replays> {
  return loadOptional(what, '@slm-audit/replay', () => import('@slm-audit/replay'))
}
