// The interface of the options of createAuditLog, and docs/guide/options.md, from the tables of options.
import {
  LOG_OPTIONS,
  type LogOption,
  type LogOptionTable
} from '../packages/core/src/log/log-options.ts'
import { CONSOLE_OPTION } from '../packages/slm-audit/src/console/console-option.ts'
import { DATABASE_OPTIONS } from '../packages/slm-audit/src/database-options.ts'
import { POLICY_FROM_FILE } from '../packages/slm-audit/src/policy/policy-option.ts'

const MADE = '// Made by `pnpm run generate` from a table of options.\n'

/** The interfaces of options that follow from the tables, by file. */
export function optionTypes(): { readonly [file: string]: string } {
  const { journal, policy, ...common } = LOG_OPTIONS
  const fromFile: LogOptionTable = { policy: { ...policy, ...POLICY_FROM_FILE } }
  return {
    'packages/core/src/log/audit-log-options.ts': `${MADE}
import type { AuditError } from '../base/error.ts'
import type { ExporterEntry } from '../delivery/exporter.ts'
import type { Journal } from '../journal/journal.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import type { TraceIds } from '../record/call-facts.ts'
import type { Platform } from '../runtime/platform.ts'

/** Options of every log, wherever its records go. All may be left out. */
export interface CommonLogOptions {
${optionMembers(common)}}

/** Options of \`createAuditLog\`. All but \`journal\` may be left out. */
export interface AuditLogOptions extends CommonLogOptions {
${optionMembers({ journal, policy })}}
`,
    'packages/slm-audit/src/audit-log-options.ts': `${MADE}
import type { Anchor, CommonLogOptions, Journal, PolicyDocument } from '@slm-audit/core'
import type { AnomalyOptions } from '@slm-audit/core/node'
import type { CheckpointSchedule, DatabaseEncryption, KeySource, RetentionSchedule } from '@slm-audit/sqlite'

/** Options of \`createAuditLog\`; all may be left out. */
export interface AuditLogOptions extends CommonLogOptions {
${optionMembers(DATABASE_OPTIONS)}  /** Another journal in place of the SQLite database. */
  readonly journal?: Journal
${optionMembers({ ...CONSOLE_OPTION, ...fromFile })}}
`
  }
}

/** The members of an interface, each with its sentence. */
export function optionMembers(table: LogOptionTable): string {
  const members = Object.entries(table).map(([name, option]) => {
    const optional = option.isNeeded ? '' : '?'
    return `  /** ${sentence(option)} */\n  readonly ${name}${optional}: ${typeOf(option)}\n`
  })
  return members.join('')
}

/** The page docs/guide/options.md. */
export function optionsPage(): string {
  return `# Options of createAuditLog

Made by \`pnpm run generate\` from the tables of options. An option that is not in them, or that has another type, is an
AuditError \`bad_option\` at once.

## Of the database

\`createAuditLog\` of \`slm-audit\` keeps records in a SQLite database unless \`journal\` names another journal.

${optionTable(DATABASE_OPTIONS)}
## For those who watch

Of \`createAuditLog\` of \`slm-audit\`, with any journal.

${optionTable(CONSOLE_OPTION)}
## Of every log

${optionTable(LOG_OPTIONS)}
\`createAuditLog\` of \`slm-audit\` takes for \`policy\` ${POLICY_FROM_FILE.says}.
`
}

/** A table of options. */
export function optionTable(table: LogOptionTable): string {
  const rows = Object.entries(table).map(([name, option]) => {
    const unless = 'unless' in option ? `\`${option.unless}\`` : ''
    return `| \`${name}\` | ${kindOf(option)} | ${unless} | ${option.says} |\n`
  })
  return `| option | takes | unless given | says |\n| --- | --- | --- | --- |\n${rows.join('')}`
}

function kindOf(option: LogOption): string {
  switch (option.takes) {
    case 'text':
      return 'text'
    case 'number':
      return `number ≥ ${option.least}`
    case 'word':
      return option.of.map((one) => `\`${one}\``).join(', ')
    default:
      return `\`${option.type.replaceAll('|', '\\|')}\``
  }
}

function typeOf(option: LogOption): string {
  switch (option.takes) {
    case 'text':
      return 'string'
    case 'number':
      return 'number'
    case 'word':
      return option.of.map((one) => `'${one}'`).join(' | ')
    default:
      return option.type.includes('=>') ? `(${option.type})` : option.type
  }
}

function sentence(option: LogOption): string {
  const { says } = option
  const first = says.startsWith('`') ? says : says.charAt(0).toUpperCase() + says.slice(1)
  const unless = 'unless' in option ? ` \`${option.unless}\` unless given.` : ''
  return `${first}.${unless}`
}
