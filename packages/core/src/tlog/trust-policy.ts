import { AuditError } from '../base/error.ts'
import { COSIGNATURE_V1, ED25519, parseVerifierKey, type VerifierKey } from './key.ts'
import type { Note } from './note.ts'
import { checkSignature, cosignedAt } from './signer.ts'
import { sameBytes } from './tree.ts'

/** Whom to believe, c2sp.org/tlog-policy. */
export interface TrustPolicy {
  /** Any of these signs for the log. */
  readonly logs: readonly VerifierKey[]
  /** The witnesses that may count. */
  readonly witnesses: readonly Witness[]
  /** How many of the witnesses must have cosigned; `undefined` for `quorum none`. */
  readonly quorum: Quorum | undefined
}

/** A party that cosigns checkpoints it found consistent. */
export interface Witness {
  /** What the policy calls the witness. */
  readonly name: string
  /** What verifies its cosignatures. */
  readonly key: VerifierKey
  /** Prefix of its `add-checkpoint`. */
  readonly url?: string
}

/** A witness by name, or `needed` of several. */
export type Quorum = string | { readonly needed: number; readonly of: readonly Quorum[] }

/** Reads a policy. Throws AuditError `bad_key` that names the line. */
export function parseTrustPolicy(text: string): TrustPolicy {
  const logs: VerifierKey[] = []
  const witnesses: Witness[] = []
  const named = new Map<string, Quorum>()
  let quorum: Quorum | undefined
  let hasQuorum = false
  text.split('\n').forEach((line, at) => {
    const words = line.trim().split(/\s+/)
    const [keyword = '', name = '', value = '', ...more] = words
    if (keyword === '' || keyword.startsWith('#')) return
    const fail = (problem: string) => badPolicy(at + 1, problem)
    if (keyword === 'log') logs.push(keyOf(name, ED25519, fail))
    else if (keyword === 'witness') {
      const [url] = more
      const key = keyOf(value, COSIGNATURE_V1, fail)
      if (witnesses.some((known) => sameBytes(known.key.publicKey, key.publicKey))) {
        throw fail(`${name} has the key of another witness, so both would count`)
      }
      witnesses.push({ name, key, ...(url !== undefined && { url }) })
      define(named, name, name, fail)
    } else if (keyword === 'group') define(named, name, groupOf(named, value, more, fail), fail)
    else if (keyword === 'quorum') {
      if (hasQuorum) throw fail('there can be only one quorum')
      hasQuorum = true
      quorum = name === 'none' ? undefined : find(named, name, fail)
    } else throw fail(`${keyword} is not one of log, witness, group, quorum`)
  })
  if (!hasQuorum) throw badPolicy(0, 'it has no quorum; add "quorum none" or name a group')
  return { logs, witnesses, quorum }
}

type Fail = (problem: string) => AuditError

function keyOf(text: string, type: VerifierKey['type'], fail: Fail): VerifierKey {
  const key = verifierKey(text, fail)
  if (key.type === type) return key
  throw fail(
    type === ED25519
      ? `${key.name} is the key of a witness, not of a log`
      : `${key.name} is the key of a log, not of a witness`
  )
}

/** The key that a line gives; what is wrong with it is told with the line. */
function verifierKey(text: string, fail: Fail): VerifierKey {
  try {
    return parseVerifierKey(text)
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error))
  }
}

function define(named: Map<string, Quorum>, name: string, quorum: Quorum, fail: Fail): void {
  if (name === '' || name === 'none' || named.has(name))
    throw fail(`${name} cannot be defined here`)
  named.set(name, quorum)
}

function groupOf(named: Map<string, Quorum>, rule: string, names: string[], fail: Fail): Quorum {
  const of = names.map((name) => find(named, name, fail))
  const needed = rule === 'any' ? 1 : rule === 'all' ? of.length : Number(rule)
  if (!Number.isInteger(needed) || needed < 1 || needed > of.length) {
    throw fail(`${rule} of ${of.length} cannot be met`)
  }
  return { needed, of }
}

function find(named: Map<string, Quorum>, name: string, fail: Fail): Quorum {
  const found = named.get(name)
  if (found === undefined) throw fail(`${name} is neither a witness nor a group above it`)
  return found
}

/** What a policy says of a note. */
export interface TrustVerdict {
  /** Whether a key of the log has signed and the witnesses' quorum is met. */
  readonly accepted: boolean
  /** The log's keys that have signed. */
  readonly signedBy: readonly VerifierKey[]
  /** The witnesses that have cosigned, with the time they give in POSIX seconds. */
  readonly witnessedBy: readonly { readonly name: string; readonly seconds: number }[]
  /** Why it is not accepted. */
  readonly problem?: string
}

/**
 * Checks a checkpoint's signatures against a policy. A key speaks only for the log that has its
 * name; a known key with a bad signature spoils the note.
 */
export async function checkTrustPolicy(note: Note, policy: TrustPolicy): Promise<TrustVerdict> {
  const signedBy: VerifierKey[] = []
  const witnessedBy: { name: string; seconds: number }[] = []
  let problem: string | undefined
  const origin = note.text.slice(0, note.text.indexOf('\n'))
  for (const key of policy.logs) {
    if (key.name !== origin) continue
    const state = await checkSignature(note, key)
    if (state === 'good') signedBy.push(key)
    if (state === 'bad') problem ??= `the signature of ${key.name} is bad`
  }
  for (const { name, key } of policy.witnesses) {
    const state = await checkSignature(note, key)
    const found = note.signatures.find((each) => each.keyId === key.keyId)
    if (state === 'good' && found) witnessedBy.push({ name, seconds: cosignedAt(found) })
    if (state === 'bad') problem ??= `the cosignature of witness ${name} is bad`
  }
  if (signedBy.length === 0) problem ??= `no key that the policy has for ${origin} has signed`
  const names = new Set(witnessedBy.map(({ name }) => name))
  if (!isMet(policy.quorum, names)) problem ??= "the witnesses' quorum is not met"
  const accepted = problem === undefined
  return { accepted, signedBy, witnessedBy, ...(problem !== undefined && { problem }) }
}

function isMet(quorum: Quorum | undefined, names: ReadonlySet<string>): boolean {
  if (quorum === undefined) return true
  if (typeof quorum === 'string') return names.has(quorum)
  return quorum.of.filter((part) => isMet(part, names)).length >= quorum.needed
}

function badPolicy(line: number, problem: string): AuditError {
  return new AuditError(
    'bad_key',
    `the policy cannot be used${line ? `, line ${line}` : ''}: ${problem}`
  )
}
