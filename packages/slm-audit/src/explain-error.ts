import { AuditError } from '@slm-audit/core/reader'
import { CommanderError } from 'commander'

/**
 * What an error of a run says to the person who typed it: what is wrong, and what to type. Commander's
 * errors are put into our words; `command` is the command that was typed, if any.
 */
export function explainError(error: unknown, command: string | undefined): string {
  if (error instanceof CommanderError) return explainUse(error, command)
  const message = error instanceof Error ? error.message : String(error)
  return AuditError.is(error) ? message : `it failed unexpectedly: ${message}`
}

const QUOTED = /'([^']*)'/
const NEAREST = /\(Did you mean (?:one of )?(.+)\?\)/

function explainUse({ code, message }: CommanderError, command: string | undefined): string {
  const text = message.replace(/^error: /, '')
  const [, word = ''] = QUOTED.exec(text) ?? []
  const [, nearest] = NEAREST.exec(text) ?? []
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  const name = command === undefined ? 'slm-audit' : `slm-audit ${command}`
  const help = `${name} --help`
  switch (code) {
    case 'commander.help':
      return `${name} needs one of its commands, which stand above`
    case 'commander.unknownCommand':
      return `there is no command '${word}'${hint || `; ${help} lists them`}`
    case 'commander.unknownOption':
      return `${name} has no option ${word}${hint || `; ${help} lists them`}`
    case 'commander.missingArgument':
      return `${name} needs <${word}>; see ${help}`
    case 'commander.optionMissingArgument':
      return `${optionOf(word)} needs a value; see ${help}`
    case 'commander.missingMandatoryOptionValue':
      return `${name} needs ${word}; see ${help}`
    case 'commander.excessArguments':
      return explainExcess(text, name)
    case 'commander.invalidArgument':
      return explainValue(text, word)
    default:
      return text.split('\n')[0] ?? text
  }
}

/** `too many arguments for 'list'. Expected 0 arguments but got 1: refund.` */
function explainExcess(text: string, name: string): string {
  const [, expected = '0', got = ''] = /Expected (\d+) arguments? but got (\d+)/.exec(text) ?? []
  if (expected !== '0')
    return `${name} takes ${expected} ${expected === '1' ? 'word' : 'words'}, not ${got}; see ${name} --help`
  return `${name} takes options only; slm-audit search finds calls by words, see ${name} --help`
}

/**
 * `option '-n, --limit <count>' argument 'x' is invalid. It takes a whole number.`, or
 * `command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh.`
 */
function explainValue(text: string, word: string): string {
  const ofOption = /argument '(.*)' is invalid\. ?(.*)$/s.exec(text)
  const ofArgument = /value '(.*)' is invalid for argument '(.*)'\. ?(.*)$/s.exec(text)
  const [, value = word, argument = '', reason = ''] = ofArgument ?? []
  const [, given = value, why = reason] = ofOption ?? []
  const [, choices] = /^Allowed choices are (.*)\.$/s.exec(why) ?? []
  const takes = choices === undefined ? why : `It takes one of ${choices}.`
  const name = ofOption ? optionOf(word) : `<${argument}>`
  return `${name} cannot be '${given}'. ${takes}`.trim()
}

/** `--limit` of `-n, --limit <count>`. */
function optionOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags
}
