import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { PROGRAMS } from './config/config-names.ts'

/** Options with which a list needs more than what reads a file: a configuration, keys. */
const MORE = /^--(config|.*key|identity)/
const VARIABLES = ['SLM_AUDIT_FILE', 'SLM_AUDIT_CONTENTS_KEYS', 'SLM_AUDIT_DATABASE_KEY']

/**
 * Whether a command lists a log in a file here and nothing is read beside it: then the program in one file does, which
 * `pnpm build` makes of all that this needs and which is loaded in a third of the time.
 */
export function isPlainList(args: readonly string[]): boolean {
  const [command, ...rest] = args
  if (command !== 'list') return false
  const [file = '', ...keys] = VARIABLES.map((name) => process.env[name] ?? '')
  const isElsewhere = [file, ...rest].some((word) => word.includes('://'))
  const needsMore = rest.some((word) => MORE.test(word)) || keys.some((key) => key !== '')
  return !isElsewhere && !needsMore && !PROGRAMS.some((name) => existsSync(resolve(name)))
}
