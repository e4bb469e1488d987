import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AuditError, type AuditLog, type PolicyDocument } from '@slm-audit/core'

/** Names of a policy's file beside the journal, of which the first that is there is read. */
const BESIDE = ['slm-audit.policy.yaml', 'slm-audit.policy.yml', 'slm-audit.policy.json']

/** So often a policy's file is looked at, in milliseconds. */
const LOOK_MS = 1_000

/** A policy's file, and what told its version before it was read. */
export interface PolicyFile {
  readonly path: string
  readonly version: string
}

/** A policy, and the file that it comes from. */
export interface PolicySource {
  readonly policy: PolicyDocument
  /** Absent where the application gave the policy itself. */
  readonly file?: PolicyFile
}

/**
 * The policy that an application asks for; see the option `policy`. Rejects with AuditError `bad_policy` for a file that
 * cannot be read or is no policy.
 *
 * @param journal Path of the journal, which the file of `true` stands beside.
 */
export async function policyOf(
  given: PolicyDocument | string | true | undefined,
  journal: string
): Promise<PolicySource | undefined> {
  const asked = given ?? (process.env.SLM_AUDIT_POLICY || undefined)
  if (asked === undefined) return undefined
  if (typeof asked === 'object') return { policy: asked }
  const path = asked === true ? besideJournal(journal) : asked
  if (typeof path !== 'string') {
    throw new AuditError('bad_option', 'policy must be a policy, the path of its file, or true')
  }
  const version = versionOf(path)
  return { policy: (await reader()).readPolicyFile(path), file: { path, version } }
}

function besideJournal(journal: string): string {
  const paths = BESIDE.map((name) => join(dirname(journal), name))
  return paths.find((path) => existsSync(path)) ?? paths[0] ?? journal
}

/** Reads a policy's file again when it changes, until the log closes. Holds no process. */
export function followPolicy(log: AuditLog, { path, version }: PolicyFile): void {
  let known = version
  const timer = setInterval(() => {
    if (log.isClosed) clearInterval(timer)
    const found = versionOf(path)
    if (log.isClosed || found === known) return
    known = found
    void reader().then(({ readPolicyFile }) => log.usePolicy(() => readPolicyFile(path)))
  }, LOOK_MS)
  timer.unref()
}

/** What reads files of policies needs a parser that most applications do without. */
function reader() {
  return import('./read-policy.ts')
}

/** Changes when a file does. A look at it takes microseconds. Never throws. */
function versionOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return 'missing'
  }
}
