import { AuditError } from '@slm-audit/core'
import { sdk } from '@slm-audit/core/journal'
import { Command, CommanderError } from 'commander'
import { addExport } from './commands/export.ts'
import { addExporters } from './commands/exporters.ts'
import { addImport } from './commands/import.ts'
import { addKey } from './commands/key.ts'
import { addList } from './commands/list.ts'
import { addProve } from './commands/prove.ts'
import { addReindex } from './commands/reindex.ts'
import { addReplayExport } from './commands/replay-export.ts'
import { addSearch } from './commands/search.ts'
import { addShow } from './commands/show.ts'
import { addTail } from './commands/tail.ts'
import { addVerify } from './commands/verify.ts'
import { addVerifyProof } from './commands/verify-proof.ts'
import { addWitness } from './commands/witness.ts'
import { guardedTerminal } from './render/guarded-terminal.ts'
import type { Terminal } from './terminal.ts'

export { processTerminal, type Terminal } from './terminal.ts'

/** Exit codes: done; looked and found a flaw or nothing; could not look. */
export const EXIT = { ok: 0, negative: 1, failed: 2 } as const

/**
 * Runs the command line on `args` (without the program's name) and returns its exit code. Never
 * throws: what goes wrong is explained on standard error.
 */
export async function runCli(args: readonly string[], shownOn: Terminal): Promise<number> {
  const terminal = guardedTerminal(shownOn)
  let exitCode: number = EXIT.ok
  const finish = (code: number): void => {
    exitCode = code
  }
  const program = new Command('slm-audit')
    .description("Reads an application's audit log of language-model calls.")
    .version(sdk.version)
    .configureHelp({ minWidthToWrap: 20 })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.explain(text.trimEnd()),
      getOutHelpWidth: () => terminal.width,
      getErrHelpWidth: () => terminal.width
    })
    .showHelpAfterError('(see slm-audit --help)')
  const commands = [
    addList,
    addShow,
    addSearch,
    addTail,
    addVerify,
    addProve,
    addVerifyProof,
    addExport,
    addImport,
    addExporters,
    addReplayExport,
    addReindex,
    addKey,
    addWitness
  ]
  for (const add of commands) {
    add(program, terminal, finish)
  }
  if (args.length === 0) {
    terminal.print(program.helpInformation().trimEnd())
    return EXIT.ok
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    return explain(error, terminal)
  }
  return exitCode
}

function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.failed
  const known = AuditError.is(error)
  const message = error instanceof Error ? error.message : String(error)
  terminal.explain(
    terminal.style('red', known ? `slm-audit: ${message}` : `slm-audit failed: ${message}`)
  )
  return known && error.code === 'not_found' ? EXIT.negative : EXIT.failed
}
