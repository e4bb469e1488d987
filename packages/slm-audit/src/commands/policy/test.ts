import { parsePolicy } from '@slm-audit/core/policy'
import type { Command } from 'commander'
import { EXIT } from '../../base/exit-codes.ts'
import { failuresOf, readCases } from '../../policy/policy-cases.ts'
import { readPolicyFile } from '../../policy/read-policy.ts'
import { visibleJson } from '../../render/columns.ts'
import type { Terminal } from '../../terminal.ts'

/** `slm-audit policy test`: a team's own table of what its policy decides. */
export function addTest(
  policy: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  policy
    .command('test')
    .description(
      'compares what a policy decides with what a file expects; exits with 1 where they differ'
    )
    .argument('<policy>', 'a policy in YAML or JSON')
    .argument('<cases>', 'a list of { name, call, expect } in YAML or JSON')
    .option('--json', 'one JSON document, for programs')
    .action((file: string, cases: string, options: { readonly json?: boolean }) => {
      const parsed = parsePolicy(readPolicyFile(file))
      const results = readCases(cases).map((one) => ({
        name: one.name,
        failures: failuresOf(parsed, one)
      }))
      const failed = results.filter(({ failures }) => failures.length > 0)
      if (options.json) terminal.print(visibleJson(results))
      else {
        for (const { name, failures } of failed) {
          terminal.print(`${terminal.style('red', '✕')} ${name}: ${failures.join('; ')}`)
        }
        terminal.print(
          `${results.length - failed.length} of ${results.length} cases are as expected`
        )
      }
      if (failed.length > 0) finish(EXIT.flaw)
    })
}
