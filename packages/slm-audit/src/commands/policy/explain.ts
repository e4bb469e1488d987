import { readFileSync } from 'node:fs'
import { isObject, messageOf } from '@slm-audit/core/journal'
import { factsOfRecord, type PolicyFacts, parsePolicy } from '@slm-audit/core/policy'
import { AuditError } from '@slm-audit/core/reader'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { factsFrom } from '../../policy/policy-cases.ts'
import { readPolicyFile } from '../../policy/read-policy.ts'
import { visibleJson } from '../../render/columns.ts'
import type { Terminal } from '../../terminal.ts'
import { callId } from '../call-id.ts'
import { type ReadOptions, readOptions, withReader } from '../with-reader.ts'

interface ExplainOptions extends ReadOptions {
  readonly call?: string
}

/** `slm-audit policy explain`: which rule decides a call, and why not those before. */
export function addExplain(policy: Command, terminal: Terminal): void {
  const command = policy
    .command('explain')
    .description('says which rule decides a call, and why not those before it')
    .argument('<policy>', 'a policy in YAML or JSON')
    .argument('[call]', 'a file in JSON or YAML: the facts of a call, or a record')
    .option('--call <id>', 'a call of the log, by its auditId or the number that list shows')
  readOptions(command).action(
    async (file: string, call: string | undefined, options: ExplainOptions) => {
      const parsed = parsePolicy(readPolicyFile(file))
      const facts = await factsOfArgument(call, options)
      const outcome = parsed.decide(facts)
      const rules = parsed.explain(facts)
      if (options.json) {
        terminal.print(visibleJson({ facts, outcome: plain(outcome), rules }))
        return
      }
      for (const { rule, matches, why } of rules) {
        terminal.print(
          `${terminal.style(matches ? 'bold' : 'dim', `${matches ? '→' : ' '} ${rule}`)}  ${why}`
        )
      }
      const { level, deny, mode } = outcome
      const words = [
        `level ${level}`,
        ...(deny === undefined ? [] : [`denied: ${deny}`]),
        ...(mode === undefined ? [] : [`mode ${mode}`])
      ]
      terminal.print(`\n${outcome.rule}: ${words.join(', ')}`)
    }
  )
}

/** An outcome as data: detectors by their names. */
function plain({
  redact,
  ...outcome
}: ReturnType<ReturnType<typeof parsePolicy>['decide']>): object {
  const steps = redact.map(({ detectors, ...step }) => ({
    ...step,
    detectors: detectors.map(({ id }) => id)
  }))
  return { ...outcome, redact: steps }
}

async function factsOfArgument(
  call: string | undefined,
  options: ExplainOptions
): Promise<PolicyFacts> {
  const { call: word } = options
  if ((call === undefined) === (word === undefined)) {
    const message = 'policy explain takes a file with the facts of a call, or --call with its id'
    throw new AuditError('bad_option', message)
  }
  if (call !== undefined) return factsOfFile(call)
  return await withReader(options, async (reader) => {
    const found = await reader.get(await callId(word ?? '', reader))
    if (found) return factsOfRecord(found.record)
    throw new AuditError('not_found', `there is no call ${word}; slm-audit list shows the newest`)
  })
}

function factsOfFile(path: string): PolicyFacts {
  try {
    const value: unknown = parse(readFileSync(path, 'utf8'))
    if (isObject(value)) return factsFrom(value)
  } catch (cause) {
    throw new AuditError('bad_option', `${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
  throw new AuditError('bad_option', `${path} must be an object: the facts of a call, or a record`)
}
