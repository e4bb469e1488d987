import type { Command } from 'commander'

const ASKS = new Set(['--help', '-h'])

/** The words at the beginning of a line that name a command of `program`: `policy init` of `policy init --preset debug`. */
export function commandWords(args: readonly string[], program: Command): readonly string[] {
  let command: Command | undefined = program
  const words: string[] = []
  for (const word of args) {
    command = command.commands.find((each) => each.name() === word)
    if (!command) break
    words.push(word)
  }
  return words
}

/**
 * The words of a line that asks for help, as Commander understands them: `help policy init` is `policy init --help`. Where
 * a word is no command, the line ends with it: Commander would show another page, and tell nobody of the word.
 */
export function helpWords(args: readonly string[], program: Command): readonly string[] {
  const [first, ...rest] = args
  const asked = first === 'help' && rest.length > 0 ? [...rest, '--help'] : args
  if (!asked.some((word) => ASKS.has(word))) return asked
  const named = commandWords(asked, program)
  const command = named.reduce(innerOf, program)
  const [next = '-'] = asked.slice(named.length)
  const isCommand = command.commands.length === 0 || next === 'help' || next.startsWith('-')
  return isCommand ? asked : [...named, next]
}

function innerOf(command: Command, name: string): Command {
  return command.commands.find((each) => each.name() === name) ?? command
}
