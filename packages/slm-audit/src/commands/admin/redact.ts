import type { RedactionRule } from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import { AuditError } from '@slm-audit/core/reader'
import { type Command, Option } from 'commander'
import { visibleJson } from '../../render/columns.ts'
import { progressBeforeIndex } from '../../render/progress-bar.ts'
import { renderRedaction } from '../../render/redaction.ts'
import type { Terminal } from '../../terminal.ts'
import { type AdminWords, adminOf, adminOptions } from './admin-of.ts'

interface Options extends AdminWords {
  readonly rule?: string
  readonly policy?: string
  readonly operator: NonNullable<RedactionRule['redact']>[number]['operator']
  readonly keep?: string
  readonly reason?: string
  readonly as?: string
  readonly user?: string
  readonly session?: string
  readonly tenant?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

const OPERATORS = ['remove', 'mask', 'hash', 'pseudonym', 'generalise']

/** `slm-audit redact`: what a rule finds in contents that are stored already. */
export function addRedact(program: Command, terminal: Terminal): void {
  const command = program
    .command('redact')
    .description('takes what a rule finds out of contents that are stored; every proof stays valid')
    .requiredOption(
      '--rule <rule>',
      'detectors, as secrets,email; or with --policy the name of one of its rules'
    )
    .option('--policy <file>', 'a policy that has the rule')
    .addOption(
      new Option('--operator <word>', 'what becomes of it').choices(OPERATORS).default('remove')
    )
    .option('--keep <count>', 'with --operator mask: how many of the last letters and digits stay')
    .option('--user <user>', 'only calls of this user')
    .option('--session <session>', 'only calls of this session')
    .option('--tenant <tenant>', 'only calls of this tenant')
    .option('--reason <text>', 'why; it is kept with the record of it')
    .option('--as <name>', 'who asks for it (default: the user of the operating system)')
    .option('--dry-run', 'says what would be taken out, and changes nothing')
  adminOptions(command)
    .option('--json', 'one JSON document, for programs')
    .action(async (options: Options) => {
      const { user, session, tenant, dryRun = false, reason = 'not said' } = options
      // An empty word is a mistake: without it the redaction would be of all calls.
      const scope = {
        ...(user !== undefined && { user }),
        ...(session !== undefined && { session }),
        ...(tenant !== undefined && { tenant })
      }
      const rule = await ruleOf(options)
      const { admin } = await adminOf(options)
      const report = await admin.redact({
        rule,
        ...(Object.keys(scope).length > 0 && { scope }),
        reason,
        by: options.as ?? userName(),
        dryRun,
        onProgress: (done, of) => terminal.progress(progressBeforeIndex(done, of))
      })
      terminal.progress('')
      if (options.json) terminal.print(visibleJson({ ...report, isDone: !dryRun }))
      else terminal.print(renderRedaction(report, !dryRun, terminal))
    })
}

/** The rule that is meant: of a policy, or made of words. */
async function ruleOf({ rule = '', policy, operator, keep }: Options): Promise<RedactionRule> {
  if (policy === undefined) {
    const detectors = rule.split(',').map((name) => name.trim())
    const step = { detectors, ...(operator && { operator }), ...(keep && { keep: Number(keep) }) }
    return { redact: [step] }
  }
  const { readPolicyFile } = await import('../../policy/read-policy.ts')
  const { detectors, rules } = readPolicyFile(policy)
  const found = rules.find(({ name }, at) => (name ?? `rule-${at + 1}`) === rule)
  if (found?.redact?.length) {
    return { ...(detectors && { detectors }), redact: found.redact }
  }
  const names = rules.map(({ name }, at) => name ?? `rule-${at + 1}`).join(', ')
  const what = found ? 'redacts nothing' : 'is not there'
  throw new AuditError(
    'bad_option',
    `the rule ${rule} of ${policy} ${what}; its rules are ${names}`
  )
}
