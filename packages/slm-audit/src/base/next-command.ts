import type { Command } from 'commander'

/** The command as it was typed, with another cursor: what to type for the next page. */
export function nextCommand(command: Command, cursor: string): string {
  const args = [...argumentsOf(command)]
  const at = args.findIndex((arg) => arg === '--cursor' || arg.startsWith('--cursor='))
  if (at >= 0) args.splice(at, args[at] === '--cursor' ? 2 : 1)
  // Behind -- there are words alone.
  const end = args.indexOf('--')
  args.splice(end >= 0 ? end : args.length, 0, '--cursor', cursor)
  return ['slm-audit', ...args.map(quoted)].join(' ')
}

/** What the program was given; commander's types leave it out. */
function argumentsOf(command: Command): readonly string[] {
  const { rawArgs = [] } = (command.parent ?? command) as Command & {
    readonly rawArgs?: readonly string[]
  }
  return rawArgs
}

/** An argument as a shell takes it. */
export function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`
}
