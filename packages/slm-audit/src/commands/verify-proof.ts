import { existsSync, readFileSync } from 'node:fs'
import { AuditError, type AuditRecord, commit, SALT_BYTES } from '@slm-audit/core'
import { nodeSha256 } from '@slm-audit/core/node'
import { checkTlogProof, type Policy, parsePolicy, parseTlogProof } from '@slm-audit/core/tlog'
import type { Command } from 'commander'
import { visibleJson } from '../render/columns.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly policy: string
  readonly record?: string
  readonly json?: boolean
}

/** `slm-audit verify-proof`: checks a proof with a policy and nothing else. */
export function addVerifyProof(
  program: Command,
  terminal: Terminal,
  finish: (exitCode: number) => void
): void {
  program
    .command('verify-proof')
    .description('checks proofs offline: a record was in a log that the policy believes')
    .argument('<proof...>', 'files that prove wrote, *.tlog-proof')
    .requiredOption('--policy <file>', 'whom to believe (c2sp.org/tlog-policy); see slm-audit key')
    .option('--record <file>', 'the record, if it does not stand beside the proof')
    .option('--json', 'one JSON value a line, for programs')
    .action(async (files: string[], options: Options) => {
      const policy = parsePolicy(read(options.policy).toString('utf8'))
      for (const file of files) {
        const verdict = await verdictOf(file, options.record, policy)
        if (!verdict.accepted) finish(1)
        terminal.print(
          options.json ? visibleJson({ file, ...verdict }) : render(file, verdict, terminal)
        )
      }
    })
}

interface Verdict {
  readonly accepted: boolean
  readonly problem?: string
  readonly index?: number
  readonly origin?: string
  readonly witnesses?: readonly string[]
  readonly contents?: number
}

async function verdictOf(
  file: string,
  given: string | undefined,
  policy: Policy
): Promise<Verdict> {
  const base = file.replace(/\.tlog-proof$/, '')
  const header = read(given ?? `${base}.json`)
  try {
    const proof = parseTlogProof(read(file).toString('utf8'))
    const { accepted, problem, index, checkpoint, witnessedBy } = await checkTlogProof(
      proof,
      header,
      policy,
      nodeSha256
    )
    const witnesses = witnessedBy.map(({ name }) => name)
    const contents = accepted ? checkContents(`${base}.contents.jsonl`, header) : 0
    const { origin } = checkpoint
    return { accepted, ...(problem && { problem }), index, origin, witnesses, contents }
  } catch (error) {
    if (AuditError.is(error) && error.code === 'bad_proof') {
      return { accepted: false, problem: error.message }
    }
    throw error
  }
}

/** How many contents stand beside the record and are what it commits to. */
function checkContents(file: string, header: Buffer): number {
  if (!existsSync(file)) return 0
  const { log } = JSON.parse(header.toString('utf8')) as AuditRecord
  const lines = read(file).toString('utf8').split('\n').filter(Boolean)
  for (const [at, line] of lines.entries()) {
    const { index, name, salt, body } = parseLine(line, `${file}, line ${at + 1},`)
    const [saltBytes, bytes] = [
      Buffer.from(String(salt), 'base64'),
      Buffer.from(String(body), 'base64')
    ]
    const expected = log.contents[String(name)]
    // With another length the salt could hide bytes of the content.
    const fits = saltBytes.length === SALT_BYTES && bytes.length === expected?.bytes
    const isCommitted = fits && commit(saltBytes, bytes, nodeSha256) === expected.commitment
    if (Number(index) !== log.index || !isCommitted) {
      throw new AuditError('bad_proof', `the content ${name} is not what the record commits to`)
    }
  }
  return lines.length
}

function parseLine(line: string, where: string): { readonly [name: string]: unknown } {
  try {
    return Object(JSON.parse(line))
  } catch (cause) {
    throw new AuditError('bad_proof', `${where} is no JSON; take the file as prove wrote it`, {
      cause
    })
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new AuditError('bad_option', `${file} cannot be read`, { cause })
  }
}

function render(file: string, verdict: Verdict, terminal: Terminal): string {
  if (!verdict.accepted) {
    return `${terminal.style('red', `✗ ${file}`)}\n  ${verdict.problem}`
  }
  const { index, origin, witnesses = [], contents = 0 } = verdict
  const by =
    witnesses.length > 0 ? `witnessed by ${witnesses.join(', ')}` : 'signed by the log alone'
  return `${terminal.style('green', `✓ ${file}`)}\n  record ${index} of ${origin}, ${by}; ${agreeing(contents)}`
}

function agreeing(contents: number): string {
  if (contents === 0) return 'no contents beside it'
  return contents === 1 ? '1 content agrees' : `${contents} contents agree`
}
