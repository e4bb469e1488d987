import { type Capture, parsePolicy } from '@slm-audit/core/policy'
import type { Command } from 'commander'
import { readPolicyFile } from '../../policy/read-policy.ts'
import { visibleJson } from '../../render/columns.ts'
import { counted } from '../../render/figures.ts'
import { plainTable } from '../../render/plain-table.ts'
import type { Terminal } from '../../terminal.ts'

/** `slm-audit policy check`: whether a file is a policy, and what its rules say. */
export function addCheck(policy: Command, terminal: Terminal): void {
  policy
    .command('check')
    .description('says what is wrong with a policy, with its lines, or what its rules do')
    .argument('<file>', 'a policy in YAML or JSON')
    .option('--json', 'one JSON document, for programs')
    .action((file: string, options: { readonly json?: boolean }) => {
      const { digest, document, outcomes } = parsePolicy(readPolicyFile(file))
      if (options.json) {
        terminal.print(visibleJson({ digest, policy: document }))
        return
      }
      const rows = outcomes.map(
        ({ rule, level, deny, review, mode, redact, capture, retention }, at) => [
          rule,
          level,
          [
            ...(document.rules[at]?.decide === undefined ? [] : ['as its module decides; else']),
            ...(deny === undefined ? [] : ['denied']),
            ...(review === undefined ? [] : ['reviewed']),
            ...(mode === undefined ? [] : [mode]),
            ...(redact.length === 0 ? [] : [`redacts ${countOf(redact)}`]),
            ...captured(capture),
            ...(retention === undefined ? [] : [`kept as ${retention}`])
          ].join(', ')
        ]
      )
      terminal.print(plainTable({ rule: 'left', level: 'left', does: 'left' }, rows, terminal))
      terminal.print(`\n${counted(rows.length, 'rule')}, digest ${digest}`)
    })
}

const SAYS = { drop: 'drops', digest: 'digests', encrypt: 'encrypts' } as const

/** What becomes of kinds of content that are not kept. */
function captured(capture: { readonly [kind: string]: Capture }): string[] {
  return Object.entries(SAYS).flatMap(([fate, says]) => {
    const kinds = Object.keys(capture).filter((kind) => capture[kind] === fate)
    return kinds.length === 0 ? [] : [`${says} ${kinds.join(' and ')}`]
  })
}

function countOf(redact: readonly { readonly detectors: readonly unknown[] }[]): string {
  const count = new Set(redact.flatMap(({ detectors }) => detectors)).size
  return `${counted(count, 'kind')} of value`
}
