import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Flaw } from './flaw.ts'
import { parseProof, verifyProof } from './proof.ts'
import { verifyTiles } from './tiles.ts'
import { parseTrustPolicy, type Trust } from './trust-policy.ts'

const USAGE = `npx @slm-audit/verify tiles DIRECTORY --policy FILE [--against CHECKPOINT] [--json]
npx @slm-audit/verify proof FILE.tlog-proof --record FILE --policy FILE [--json]`

/** What a run says and its exit code: 0 verified, 1 not verified, 2 could not look. */
export interface Outcome {
  readonly exitCode: 0 | 1 | 2
  readonly text: string
}

/** Runs the command line on its arguments. Never throws. */
export function run(args: readonly string[]): Outcome {
  const { exitCode, text } = runRaw(args)
  return { exitCode, text: text.replace(STEERING, escaped) }
}

/** What would steer a terminal: controls but for the end of a line, and marks of direction. */
const STEERING = /(?!\n)\p{Cc}|\p{Bidi_Control}|[\p{Zl}\p{Zp}]/gu

/** Written out, which in JSON is the same value. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function runRaw(args: readonly string[]): Outcome {
  let json = false
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policy: { type: 'string' },
        against: { type: 'string' },
        record: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
        json: { type: 'boolean', default: false }
      }
    })
    json = values.json
    if (values.help) return { exitCode: 0, text: USAGE }
    const [command, path] = positionals
    if (path === undefined || values.policy === undefined) return { exitCode: 2, text: USAGE }
    const policy = parseTrustPolicy(readFileSync(values.policy, 'utf8'))
    if (command === 'tiles') {
      const against = values.against && readFileSync(values.against, 'utf8')
      const report = verifyTiles(path, { policy, ...(against && { against }) })
      const text = [
        `VERIFIED: ${report.size} records of ${report.origin}`,
        ...(report.pruned > 0
          ? [`  ${report.pruned} records of retention: their hashes alone`]
          : []),
        `  ${report.contents} of ${report.committed} contents are here, as committed to`,
        ...by(report),
        report.against === undefined
          ? '  to see that nothing was rewritten, give a checkpoint kept elsewhere: --against'
          : `  it continues the checkpoint of ${report.against}`
      ].join('\n')
      return { exitCode: 0, text: json ? JSON.stringify({ verified: true, ...report }) : text }
    }
    if (command !== 'proof' || values.record === undefined) return { exitCode: 2, text: USAGE }
    const proof = parseProof(readFileSync(path, 'utf8'))
    const trust = verifyProof(proof, readFileSync(values.record), policy)
    const { index, note } = proof
    const text = [`VERIFIED: record ${index} of ${note.size} of ${note.origin}`, ...by(trust)].join(
      '\n'
    )
    return { exitCode: 0, text: json ? JSON.stringify({ verified: true, index, ...trust }) : text }
  } catch (error) {
    return failure(error, json)
  }
}

function failure(error: unknown, json: boolean): Outcome {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Flaw) {
    const { index, kind } = error
    const text = json
      ? JSON.stringify({ verified: false, index, kind, detail: message })
      : `NOT VERIFIED: record ${index}: ${kind}\n  ${message}`
    return { exitCode: 1, text }
  }
  return { exitCode: 2, text: `could not look: ${message}` }
}

function by({ signedBy, witnesses }: Trust): string[] {
  const lines = signedBy.map(({ name, id }) => `  signed by ${name} (key ${id})`)
  return [
    ...lines,
    witnesses.length > 0 ? `  witnessed by ${witnesses.join(', ')}` : '  no witness has cosigned it'
  ]
}
