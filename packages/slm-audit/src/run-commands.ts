import { sdk } from '@slm-audit/core/journal'
import { AuditError, type Clock } from '@slm-audit/core/reader'
import { Command, CommanderError } from 'commander'
import { EXIT } from './base/exit-codes.ts'
import { commandWords, helpWords } from './base/help-words.ts'
import { withNegations } from './commands/filter.ts'
import type { AddCommand } from './commands.ts'
import { follow } from './config/defaults.ts'
import { isJudging } from './config/judging.ts'
import { configProgram, loadConfig, type SlmAuditConfig } from './config/load-config.ts'
import { explainError } from './explain-error.ts'
import { addProgramOptions, ProgramOutput } from './export/program-output.ts'
import { guardedTerminal } from './render/guarded-terminal.ts'
import { addExamples, fittedHelp } from './render/help.ts'
import type { Terminal } from './terminal.ts'

/** What a command line has. */
export interface CommandLine {
  /** The commands by their names, in the order of help. Each is loaded when it is asked for. */
  readonly commands: { readonly [name: string]: () => Promise<AddCommand> }
  /** Says how words that a shell has can go on. */
  complete?(words: readonly string[], terminal: Terminal): Promise<void>
}

/**
 * Runs a command line on `args` (without the program's name) and returns its exit code (`EXIT`).
 * Never throws: what goes wrong is explained on standard error.
 */
export async function runCommands(
  args: readonly string[],
  shownOn: Terminal,
  { commands, complete }: CommandLine
): Promise<number> {
  let clock: Clock = 'local'
  const output = new ProgramOutput(guardedTerminal(shownOn, () => clock))
  const { terminal } = output
  let exitCode: number = EXIT.done
  const finish = (code: number): void => {
    exitCode = code
  }
  const [first = ''] = args
  const command = Object.hasOwn(commands, first) ? first : undefined
  let named = command
  try {
    if (first === 'complete' && complete) {
      await complete(args.slice(args[1] === '--' ? 2 : 1), terminal)
      return exitCode
    }
    const program = newProgram(terminal)
    program.hook('preAction', async (_program, action) => {
      refuseLostValues(action)
      if (action.opts().utc === true) clock = 'utc'
      await output.begin(action)
      follow(await configOf(action, terminal))
    })
    for (const [name, load] of Object.entries(commands)) {
      // Help and an unknown word need all of them.
      if (command === undefined || command === name) (await load())(program, terminal, finish)
    }
    addProgramOptions(program)
    addExamples(program)
    named = commandWords(args, program).join(' ') || undefined
    if (args.length === 0) program.outputHelp()
    else {
      try {
        await program.parseAsync(withNegations(helpWords(args, program)), { from: 'user' })
      } finally {
        output.end()
      }
    }
    return exitCode
  } catch (error) {
    // Commander ends --help and --version by errors, too.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
    terminal.explain(terminal.style('red', `slm-audit: ${explainError(error, named)}`))
    // A record that cannot be read is evidence that is not right.
    return AuditError.is(error) && error.code === 'bad_record' ? EXIT.flaw : EXIT.failed
  }
}

/**
 * Ends a command whose option took the next option for its value (`list --user --file audit.db`), as
 * Commander does: nobody means a user of that name, and what was meant would go unseen.
 */
function refuseLostValues(action: Command): void {
  const isOption = (word: unknown) =>
    action.options.some(
      ({ long, short }) => word !== undefined && (word === long || word === short)
    )
  const lost = action.options.find(
    (option) => option.required && isOption(action.getOptionValue(option.attributeName()))
  )
  if (lost === undefined) return
  const message = `error: option '${lost.flags}' argument missing`
  throw new CommanderError(EXIT.failed, 'commander.optionMissingArgument', message)
}

/**
 * The configuration that a command follows. One that judges evidence runs no program of the folder that it is run in,
 * and says so where the folder itself names the log that is judged.
 */
async function configOf(action: Command, terminal: Terminal): Promise<SlmAuditConfig> {
  const { config: path } = action.opts<{ readonly config?: string }>()
  if (path !== undefined || !isJudging(action)) return await loadConfig(path)
  const program = configProgram()
  if (program !== undefined) {
    terminal.explain(
      `${program} is left aside: ${action.name()} runs no program of a folder that may be another's; --config ${program} follows it`
    )
  }
  const config = await loadConfig(undefined, false)
  const takesFile = action.options.some(({ long }) => long === '--file')
  const isNamed = action.opts().file !== undefined || process.env.SLM_AUDIT_FILE
  if (config.file !== undefined && takesFile && !isNamed) {
    terminal.explain(`the log is ${config.file}, as slm-audit.config.json here says`)
  }
  return config
}

function newProgram(terminal: Terminal): Command {
  return new Command('slm-audit')
    .description("Reads an application's audit log of language-model calls.")
    .version(sdk.version)
    .configureHelp({ minWidthToWrap: 20, subcommandTerm })
    .addHelpText(
      'after',
      '\nexit codes: 0 done, 1 the evidence is not right, 2 could not do it, 3 notices of verify --strict'
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(fittedHelp(text.trimEnd(), helpWidth(terminal))),
      writeErr: (text) => terminal.explain(fittedHelp(text.trimEnd(), helpWidth(terminal))),
      // Errors are explained where they are caught.
      outputError: () => undefined,
      getOutHelpWidth: () => helpWidth(terminal),
      getErrHelpWidth: () => helpWidth(terminal)
    })
}

/** A command in the list of commands: without the word that says that it has options, as all have. */
function subcommandTerm(command: Command): string {
  const takes = command.registeredArguments.map((each) => {
    const name = `${each.name()}${each.variadic ? '...' : ''}`
    return each.required ? ` <${name}>` : ` [${name}]`
  })
  return `${command.name()}${takes.join('')}`
}

/** Help is for people, also where its lines go to a file. */
function helpWidth({ width }: Terminal): number {
  return Number.isFinite(width) ? width : 80
}
