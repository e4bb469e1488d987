import { addSession } from './commands/insight/session.ts'
import { addSessions } from './commands/insight/sessions.ts'
import { addStats } from './commands/insight/stats.ts'
import { addList } from './commands/list.ts'
import { addSearch } from './commands/search.ts'
import { addShow } from './commands/show.ts'
import { addTail } from './commands/tail.ts'
import { addVerify } from './commands/verify.ts'
import type { AddCommand } from './commands.ts'
import type { QuickCommand } from './is-quick.ts'
import { runCommands } from './run-commands.ts'
import type { Terminal } from './terminal.ts'

export { pagedTerminal } from './paged-terminal.ts'
export { processTerminal } from './terminal.ts'

const COMMANDS: { readonly [Name in QuickCommand]: () => Promise<AddCommand> } = {
  list: async () => addList,
  show: async () => addShow,
  search: async () => addSearch,
  tail: async () => addTail,
  sessions: async () => addSessions,
  session: async () => addSession,
  stats: async () => addStats,
  verify: async () => addVerify
}

/**
 * `runCli` for words that `isQuick` says are quick, of which `pnpm build` makes one file: finding and loading a hundred modules
 * is most of what such a command would take. Never throws.
 */
export async function runCli(args: readonly string[], shownOn: Terminal): Promise<number> {
  return await runCommands(args, shownOn, { commands: COMMANDS })
}
