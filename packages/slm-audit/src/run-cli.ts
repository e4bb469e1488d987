import { COMMANDS } from './commands.ts'
import { runCommands } from './run-commands.ts'
import type { Terminal } from './terminal.ts'

export { EXIT } from './base/exit-codes.ts'
export { type PagedTerminal, pagedTerminal } from './paged-terminal.ts'
export { processTerminal, type Terminal } from './terminal.ts'

/**
 * Runs the command line on `args` (without the program's name) and returns its exit code (`EXIT`).
 * Never throws: what goes wrong is explained on standard error.
 */
export async function runCli(args: readonly string[], shownOn: Terminal): Promise<number> {
  return await runCommands(args, shownOn, {
    commands: COMMANDS,
    async complete(words, terminal) {
      const { completeWords } = await import('./complete-words.ts')
      await completeWords(words, terminal)
    }
  })
}
