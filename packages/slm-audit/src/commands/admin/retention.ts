import { RETENTION_PRESETS } from '@slm-audit/core/policy'
import { readTime } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { readPolicyFile } from '../../policy/read-policy.ts'
import { renderRetention } from '../../render/admin/retention.ts'
import { visibleJson } from '../../render/columns.ts'
import { plainTable } from '../../render/plain-table.ts'
import type { Terminal } from '../../terminal.ts'
import { type AdminWords, adminOf, identityOption, logOption } from './admin-of.ts'

interface Options extends AdminWords {
  readonly policy?: string
  readonly at?: string
  readonly json?: boolean
}

/** `slm-audit retention`: what has come to the end of its time. */
export function addRetention(program: Command, terminal: Terminal): void {
  const retention = program
    .command('retention')
    .description('what of the log has come to the end of its time, by the policy')
  const plan = retention.command('plan').description('says what would go, and changes nothing')
  commonOptions(identityOption(logOption(plan)))
    .option('--at <when>', 'as of another time: 2027-01-01 (default: now)')
    .action(async (options: Options) => {
      const now = options.at === undefined ? new Date() : new Date(timeOf(options.at))
      const { admin } = await adminOf(options)
      const report = await admin.plan({ ...policyIn(options), now })
      terminal.print(options.json ? visibleJson(report) : renderRetention(report, false, terminal))
    })
  const apply = retention
    .command('apply')
    .description('takes what is due out for good; proofs of the rest stay valid')
  const signed = logOption(apply).option(
    '--key-file <path>',
    'the key that signs the log (default: <database>.key)'
  )
  commonOptions(identityOption(signed)).action(async (options: Options) => {
    const { admin } = await adminOf(options)
    const report = await admin.retain({
      ...policyIn(options),
      onProgress: ({ expired, pruned }) =>
        terminal.progress(`${expired.records} expired, ${pruned.records} pruned`)
    })
    terminal.progress('')
    terminal.print(options.json ? visibleJson(report) : renderRetention(report, true, terminal))
  })
  retention
    .command('presets')
    .description('floors and ceilings that classes can name, with their sources')
    .action(() => {
      const columns = {
        preset: 'left',
        'at least': 'left',
        'at most': 'left',
        source: 'left'
      } as const
      const rows = Object.entries(RETENTION_PRESETS).map(([name, preset]) => [
        name,
        preset.atLeast,
        'atMost' in preset ? preset.atMost : '',
        preset.source
      ])
      terminal.print(plainTable(columns, rows, terminal))
    })
}

function commonOptions(command: Command): Command {
  return command
    .option('--policy <file>', 'the policy (default: the newest that the log was recorded by)')
    .option('--json', 'one JSON document, for programs')
}

function policyIn({ policy }: Options) {
  return policy === undefined ? {} : { policy: readPolicyFile(policy) }
}

function timeOf(text: string): ReturnType<typeof readTime> {
  return readTime('--at', text, 'utc')
}
