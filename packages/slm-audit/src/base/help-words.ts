import type { Command } from 'commander'

const ASKS = new Set(['--help', '-h'])

/**
 * The words of a line that asks for help, as Commander understands them: `help policy init` is `policy init --help`. Where
 * a word is no command, the line ends with it: Commander would show another page, and tell nobody of the word.
 */
export function helpWords(args: readonly string[], program: Command): readonly string[] {
  const [first, ...rest] = args
  const asked = first === 'help' && rest.length > 0 ? [...rest, '--help'] : args
  if (!asked.some((word) => ASKS.has(word))) return asked
  let command = program
  for (const [at, word] of asked.entries()) {
    if (word.startsWith('-') || word === 'help' || command.commands.length === 0) break
    const next = command.commands.find((each) => each.name() === word)
    if (!next) return asked.slice(0, at + 1)
    command = next
  }
  return asked
}
