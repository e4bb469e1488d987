import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { PROGRAMS } from './config/config-names.ts'

/** Commands that people type all day, which read a log and nothing else. */
const QUICK = ['list', 'show', 'search', 'tail', 'sessions', 'session', 'stats', 'verify'] as const

/** The name of such a command. */
export type QuickCommand = (typeof QUICK)[number]

/** Options with which one needs more than what reads a file: a configuration, keys. */
const MORE = /^--(config|.*key|identity)/
const VARIABLES = ['SLM_AUDIT_FILE', 'SLM_AUDIT_CONTENTS_KEYS', 'SLM_AUDIT_DATABASE_KEY']

/**
 * Whether a command reads a log in a file here, and nothing beside it: then the program in one file does (`run-quick.ts`), which
 * is loaded in a third of the time.
 */
export function isQuick(args: readonly string[]): boolean {
  const [command, ...rest] = args
  if (!QUICK.some((name) => name === command)) return false
  const [file = '', ...keys] = VARIABLES.map((name) => process.env[name] ?? '')
  const isElsewhere = [file, ...rest].some((word) => word.includes('://'))
  const needsMore = rest.some((word) => MORE.test(word)) || keys.some((key) => key !== '')
  return !isElsewhere && !needsMore && !PROGRAMS.some((name) => existsSync(resolve(name)))
}
