import type { Command } from 'commander'
import { HELP_EXAMPLES } from '../base/help-examples.ts'
import { wrap } from './words.ts'

const EXAMPLE = 'example: '
/** A text that a shell takes as it is, with its blanks. */
const QUOTED = /"[^"]*"/g
/** Stands for a blank at which no line ends. */
const JOINED = '\u00a0'
/** Columns of what stands before a description, at most, where lines of help are broken by us. */
const LONGEST_TERM = 30

/** Puts an example behind each page of help. Called once all commands are there. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  const example = HELP_EXAMPLES[path.join(' ')]
  if (example !== undefined) command.addHelpText('after', `\n${EXAMPLE}slm-audit ${example}`)
  for (const each of command.commands) addExamples(each, [...path, each.name()])
}

/** A page of help in `width` columns: what the pages say behind their options is not wrapped by Commander. */
export function fittedHelp(page: string, width: number): string {
  return page
    .split('\n')
    .flatMap((line) => (line.length <= width ? [line] : broken(line, width)))
    .join('\n')
}

/**
 * A line in several: the next ones begin below the description, where there is one, else below the text. What is to be
 * typed stays one line of a shell.
 */
function broken(line: string, width: number): string[] {
  if (line.startsWith(EXAMPLE)) {
    const whole = line.replace(QUOTED, (text) => text.replaceAll(' ', JOINED))
    return [
      wrap(whole, width - 4)
        .join(' \\\n  ')
        .replaceAll(JOINED, ' ')
    ]
  }
  const [term = ''] = /^ +\S+(?: \S+)* {2,}/.exec(line) ?? /^ */.exec(line) ?? []
  const begin = term.length <= LONGEST_TERM ? term : ''
  const [first = '', ...rest] = wrap(line.slice(begin.length), width - begin.length)
  return [begin + first, ...rest.map((each) => ' '.repeat(begin.length) + each)]
}
