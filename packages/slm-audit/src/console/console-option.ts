import type { LogOptionTable } from '@slm-audit/core/journal'

/** What `createAuditLog` takes for people who watch an application run. */
export const CONSOLE_OPTION = {
  console: {
    takes: 'other',
    type: "'pretty' | 'json'",
    says: 'a line on standard error for each call once it has ended and is stored: `pretty` for people, as `slm-audit list` shows it, `json` for programs; none unless given'
  }
} as const satisfies LogOptionTable
