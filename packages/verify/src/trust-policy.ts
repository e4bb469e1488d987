import { Flaw } from './flaw.ts'
import { isSignedBy, type Note, type PublicKey, parseKey } from './note.ts'

type Quorum = (witnesses: ReadonlySet<string>) => boolean

/** Whom an auditor believes, c2sp.org/tlog-policy. */
export interface TrustPolicy {
  /** Keys of logs that may sign. */
  readonly logs: readonly PublicKey[]
  /** Keys of witnesses by the names that the policy gives them. */
  readonly witnesses: ReadonlyMap<string, PublicKey>
  /** Which witnesses must have signed. */
  readonly quorum: Quorum
}

/** Reads a policy. Throws an Error that names the line. */
export function parseTrustPolicy(text: string): TrustPolicy {
  const logs: PublicKey[] = []
  const witnesses = new Map<string, PublicKey>()
  const named = new Map<string, Quorum>([['none', () => true]])
  let quorum: Quorum | undefined
  for (const line of text.split('\n')) {
    const [keyword = '', name = '', value = '', ...more] = line.trim().split(/\s+/)
    const lookUp = (of: string): Quorum => {
      const found = named.get(of)
      if (!found) throw new Error(`the policy names ${of} before it says what it is: ${line}`)
      return found
    }
    const define = (quorumOf: Quorum): void => {
      if (name === '' || named.has(name)) throw new Error(`cannot be defined here: ${line}`)
      named.set(name, quorumOf)
    }
    if (keyword === '' || keyword.startsWith('#')) continue
    if (keyword === 'log') logs.push(keyOf(name, 1, line))
    else if (keyword === 'witness') {
      const key = keyOf(value, 4, line)
      if ([...witnesses.values()].some((known) => known.value.equals(key.value))) {
        throw new Error(`two witnesses with one key would both count: ${line}`)
      }
      witnesses.set(name, key)
      define((cosigned) => cosigned.has(name))
    } else if (keyword === 'group') {
      const parts = more.map(lookUp)
      const needed = value === 'any' ? 1 : value === 'all' ? parts.length : Number(value)
      if (!Number.isInteger(needed) || needed < 1 || needed > parts.length) {
        throw new Error(`cannot be met: ${line}`)
      }
      define((cosigned) => parts.filter((part) => part(cosigned)).length >= needed)
    } else if (keyword === 'quorum' && !quorum) quorum = lookUp(name)
    else throw new Error(`the policy has a line that is not understood: ${line}`)
  }
  if (!quorum || logs.length === 0) throw new Error('the policy needs a log and a quorum')
  return { logs, witnesses, quorum }
}

function keyOf(text: string, type: PublicKey['type'], line: string): PublicKey {
  const key = parseKey(text)
  if (key.type === type) return key
  throw new Error(`a log signs by a key of type 1, a witness by one of type 4: ${line}`)
}

/** Who vouches for a checkpoint. */
export interface Trust {
  /** The keys of the log that signed. */
  readonly signedBy: readonly PublicKey[]
  /** The witnesses that signed, by the policy's names. */
  readonly witnesses: readonly string[]
}

/** Checks signatures against a policy; a key speaks for the log of its name. Throws Flaw. */
export function trustIn(note: Note, { logs, witnesses, quorum }: TrustPolicy): Trust {
  const signedBy = logs.filter((key) => key.name === note.origin && checked(note, key))
  if (signedBy.length === 0) {
    throw new Flaw(0, 'wrong key', `no key that the policy has for ${note.origin} has signed`)
  }
  const cosigned = [...witnesses].filter(([, key]) => checked(note, key)).map(([name]) => name)
  if (!quorum(new Set(cosigned))) {
    throw new Flaw(0, 'bad signature', "the policy's quorum of witnesses has not cosigned")
  }
  return { signedBy, witnesses: cosigned }
}

function checked(note: Note, key: PublicKey): boolean {
  const state = isSignedBy(note, key)
  if (state === false) throw new Flaw(0, 'bad signature', `the signature of ${key.name} is bad`)
  return state === true
}
