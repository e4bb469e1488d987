import { existsSync, readFileSync } from 'node:fs'
import { AuditError, type AuditRecord } from '@slm-audit/core'
import { messageOf } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { isCommitted, type SealedContent, type SealedPart } from '@slm-audit/core/reader'
import {
  checkTlogProof,
  parseTlogProof,
  parseTrustPolicy,
  type TrustPolicy
} from '@slm-audit/core/tlog'
import type { Command } from 'commander'
import { EXIT } from '../base/exit-codes.ts'
import { judgesEvidence } from '../config/judging.ts'
import { visibleList } from '../render/columns.ts'
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
  const command = program
    .command('verify-proof')
    .description('checks proofs offline: a record was in a log that the policy believes')
    .argument('<proof...>', 'files that prove wrote, *.tlog-proof')
    .requiredOption('--policy <file>', 'whom to believe (c2sp.org/tlog-policy); see slm-audit key')
    .option('--record <file>', 'the record, if it does not stand beside the proof')
    .option('--json', 'one JSON document, for programs')
  judgesEvidence(command).action(async (files: string[], options: Options) => {
    const policy = parseTrustPolicy(read(options.policy).toString('utf8'))
    const verdicts: (Verdict & { readonly file: string })[] = []
    for (const file of files) {
      const verdict = await verdictOf(file, options.record, policy)
      if (!verdict.accepted) finish(EXIT.flaw)
      if (options.json) verdicts.push({ file, ...verdict })
      else terminal.print(render(file, verdict, terminal))
    }
    if (options.json) terminal.print(visibleList(verdicts))
  })
}

interface Verdict {
  readonly accepted: boolean
  readonly problem?: string
  readonly index?: number
  readonly origin?: string
  readonly witnesses?: readonly string[]
  /** Contents that stand beside the record and agree, and those that it commits to. */
  readonly contents?: number
  readonly committed?: number
}

async function verdictOf(
  file: string,
  given: string | undefined,
  policy: TrustPolicy
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
    const { origin } = checkpoint
    const seen = { index, origin, witnesses }
    if (!accepted) return { accepted, ...(problem && { problem }), ...seen }
    const record = recordOf(header)
    const contents = checkContents(`${base}.contents.jsonl`, record)
    return { accepted, ...seen, contents, committed: Object.keys(record.log.contents).length }
  } catch (error) {
    if (AuditError.is(error) && error.code === 'bad_proof') {
      return { accepted: false, problem: error.message }
    }
    throw error
  }
}

function recordOf(header: Buffer): AuditRecord {
  try {
    const record = JSON.parse(header.toString('utf8')) as AuditRecord
    if (Object.keys(record.log.contents)) return record
  } catch {
    // The error below says so.
  }
  throw new AuditError('bad_proof', 'the entry is in the log, but is not a record of slm-audit')
}

/**
 * How many contents stand beside the record, each of which must be one that it commits to. Throws
 * AuditError `bad_proof` for one that is not, or that is there twice.
 */
function checkContents(file: string, { log }: AuditRecord): number {
  if (!existsSync(file)) return 0
  const lines = read(file).toString('utf8').split('\n').filter(Boolean)
  const names = new Set<string>()
  for (const [at, line] of lines.entries()) {
    const { index, name, ...stored } = parseLine(line, `${file}, line ${at + 1},`)
    if (names.has(name)) throw new AuditError('bad_proof', `the content ${name} is there twice`)
    names.add(name)
    const expected = Object.hasOwn(log.contents, name) ? log.contents[name] : undefined
    const isRight = expected && isCommitted(contentOf(name, stored, expected), expected, nodeSha256)
    if (index !== log.index || !isRight) {
      throw new AuditError('bad_proof', `the content ${name} is not what the record commits to`)
    }
  }
  return names.size
}

type Commitment = AuditRecord['log']['contents'][string]

/** The content of a line, of which type and place are the header's to say. */
function contentOf(
  name: string,
  { salt = NO_SALT, ...stored }: Pick<Line, 'salt' | 'body' | 'parts'>,
  { type, at }: Commitment
): SealedContent {
  return { name, type, salt, ...stored, ...(at !== undefined && { at }) }
}

const NO_SALT = new Uint8Array()

interface Line {
  readonly index: unknown
  readonly name: string
  readonly salt?: Uint8Array
  readonly body?: Uint8Array
  readonly parts?: readonly SealedPart[]
}

function parseLine(text: string, where: string): Line {
  try {
    const line = JSON.parse(text) as { readonly [name: string]: unknown }
    const { index, name, parts } = line
    if (typeof name !== 'string') throw new TypeError('the name is missing')
    if (!Array.isArray(parts)) return { index, name, ...saltAndBody(line) }
    return { index, name, parts: parts.map(partOf) }
  } catch (cause) {
    throw new AuditError(
      'bad_proof',
      `${where} is not a content with index, name, and salt and body or parts; take the file as prove wrote it`,
      { cause }
    )
  }
}

function partOf(value: unknown): SealedPart {
  const part = Object(value) as { readonly [name: string]: unknown }
  if (part.commitment === undefined) return saltAndBody(part)
  const commitment = fromBase64(String(part.commitment))
  if (!commitment) throw new TypeError('a commitment is not base64')
  return { commitment }
}

function saltAndBody({ salt, body }: { readonly [name: string]: unknown }) {
  const [saltBytes, bytes] = [fromBase64(String(salt)), fromBase64(String(body))]
  if (!saltBytes || !bytes) throw new TypeError('salt or body is not base64')
  return { salt: saltBytes, body: bytes }
}

/** Base64 in its one spelling. */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new AuditError('bad_option', `${file} cannot be read (${messageOf(cause)})`, { cause })
  }
}

function render(file: string, verdict: Verdict, terminal: Terminal): string {
  if (!verdict.accepted) {
    return `${terminal.style('red', `✗ ${file}`)}\n  ${verdict.problem}`
  }
  const { index, origin, witnesses = [] } = verdict
  const by =
    witnesses.length > 0 ? `witnessed by ${witnesses.join(', ')}` : 'signed by the log alone'
  return `${terminal.style('green', `✓ ${file}`)}\n  record ${index} of ${origin}, ${by}; ${agreeing(verdict)}`
}

function agreeing({ contents = 0, committed = 0 }: Verdict): string {
  if (committed === 0) return 'it has no contents'
  if (contents === 0) return `none of its ${committed} contents is here`
  const left = committed - contents
  const agree = contents === 1 ? '1 content agrees' : `${contents} contents agree`
  return left === 0
    ? `${agree}, which is all`
    : `${agree}, ${left} more ${left === 1 ? 'is' : 'are'} not here`
}
