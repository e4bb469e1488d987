import { setMember } from '../../base/json.ts'
import { toJsonOf } from '../../base/json-text.ts'

type Members = { readonly [name: string]: unknown }

/** Endings of names whose member is a key or a password, in lower case without `_` and `-`. */
const KEY_ENDING = new RegExp(
  `(?:${[
    'apikey',
    'apikeys',
    'secretkey',
    'privatekey',
    'accesskey',
    'accountkey',
    'subscriptionkey',
    'sharedkey',
    'encryptionkey',
    'signingkey',
    'authkey',
    'sshkey',
    'apitoken',
    'accesstoken',
    'authtoken',
    'authorizationtoken',
    'bearertoken',
    'sessiontoken',
    'refreshtoken',
    'securitytoken',
    'secrettoken',
    'csrftoken',
    'personaltoken',
    'deploytoken',
    'servicetoken',
    'bottoken',
    'hftoken',
    'githubtoken',
    'usertoken',
    'clienttoken',
    'authorization',
    'password',
    'passwd',
    'passphrase',
    'secret',
    'secrets',
    'credential',
    'credentials',
    'authentication',
    'connectionstring'
  ].join('|')})$`
)
const KEY_NAMES = new Set([
  'token',
  'auth',
  'bearer',
  'pwd',
  'jwt',
  'idtoken',
  'useauthtoken',
  'cookie',
  'cookies',
  'setcookie',
  // Of a server that a tool or a source of data is behind: any of them may be a key.
  'headers',
  'extraheaders',
  'httpheaders',
  'defaultheaders',
  'customheaders'
])

/** Keys that say what they are: of providers, code hosts and clouds, web tokens, private keys, headers. */
const KEY_VALUE = new RegExp(
  [
    '\\b(?:sk|pk|rk)[-_](?=[\\w-]{0,40}\\d)[\\w-]{12,}',
    '\\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|hf_|gsk_|r8_|nvapi-|xai-|pplx-|tgp_v1_|dop_v1_|npm_|pypi-)[\\w-]{16,}',
    '\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b',
    '\\bAIza[\\w-]{30,}',
    '\\bya29\\.[\\w.-]{16,}',
    '\\beyJ[\\w-]{8,2000}\\.eyJ[\\w-]{8,4000}\\.[\\w-]*',
    '\\b[Bb]earer\\s{1,8}[\\w.~+/=-]{8,}',
    '\\bBasic\\s{1,8}[\\w+/]{8,}={0,2}',
    '-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)'
  ].join('|'),
  'g'
)

/** The user and the password in an address. */
const USER_INFO = /(?<=:\/\/)[^\s/@?#"]{1,1000}(?=@)/g
/** A parameter of an address that is a key. */
const PARAMETER =
  /(?<=[?&#;](?:[\w-]{0,40}(?:key|token|secret|password|passwd|signature)|sig|auth|code|pwd)=)[^&#\s"]+/gi

const DEPTH = 64
const MARK = '[key]'

/** Hears where a key was: a JSON Pointer from the value on. */
export type KeyHeard = (pointer: string) => void

/** Whose values are looked through: an answer's `token` is a word that a model wrote. */
export type KeySide = 'request' | 'answer'

function isKeyName(name: string, side: KeySide): boolean {
  if (name.length > 100) return false
  const plain = name.toLowerCase().replace(/[-_ ]/g, '')
  if (side === 'request' && KEY_NAMES.has(plain)) return true
  return KEY_ENDING.test(plain)
}

/** A text without the keys in it: `[key]` stands in place of each. */
export function withoutKeysIn(text: string): string {
  if (text.length < 8) return text
  const plain = text.replace(KEY_VALUE, MARK)
  if (!plain.includes('=') && !plain.includes('://')) return plain
  return plain.replace(USER_INFO, MARK).replace(PARAMETER, MARK)
}

/**
 * A value without keys: members that hold one by their name are left out, and keys in texts become
 * `[key]`. The value itself is given back where it has none, else a copy. What a JSON Schema says below
 * `properties` of a member with such a name stays. Throws what a member throws that cannot be read.
 */
export function withoutKeys(value: unknown, side: KeySide, heard: KeyHeard): unknown {
  return new KeyFinder(side, heard).visit(value, '', false, 0)
}

class KeyFinder {
  readonly #side: KeySide
  readonly #heard: KeyHeard
  readonly #seen = new Map<object, unknown>()

  constructor(side: KeySide, heard: KeyHeard) {
    this.#side = side
    this.#heard = heard
  }

  visit(value: unknown, at: string, areProperties: boolean, depth: number): unknown {
    if (typeof value === 'string') {
      const text = withoutKeysIn(value)
      if (text !== value) this.#heard(at)
      return text
    }
    if (!isOpen(value) || depth > DEPTH) return value
    if (this.#seen.has(value)) return this.#seen.get(value)
    this.#seen.set(value, value)
    const copy = Array.isArray(value)
      ? this.#visitList(value, at, depth)
      : this.#visitMembers(value as Members, at, areProperties, depth)
    this.#seen.set(value, copy)
    return copy
  }

  #visitList(list: readonly unknown[], at: string, depth: number): readonly unknown[] {
    let copy: unknown[] | undefined
    for (let index = 0; index < list.length; index++) {
      const item = list[index]
      const found = this.visit(item, `${at}/${index}`, false, depth + 1)
      if (found === item) continue
      copy ??= [...list]
      copy[index] = found
    }
    return copy ?? list
  }

  #visitMembers(members: Members, at: string, areProperties: boolean, depth: number): Members {
    let copy: { [name: string]: unknown } | undefined
    for (const name of Object.keys(members)) {
      const member = members[name]
      if (typeof member === 'boolean') continue
      const pointer = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (this.#isKey(name, member, areProperties)) {
        this.#heard(pointer)
        copy ??= { ...members }
        delete copy[name]
        continue
      }
      const found = this.visit(member, pointer, name === 'properties', depth + 1)
      if (found === member) continue
      copy ??= { ...members }
      setMember(copy, name, found)
    }
    return copy ?? members
  }

  #isKey(name: string, value: unknown, areProperties: boolean): boolean {
    if (value === null || value === undefined || value === '') return false
    if (areProperties && typeof value === 'object') return false
    // The number of a token opens nothing.
    return isKeyName(name, this.#side) && !(typeof value === 'number' && /token$/i.test(name))
  }
}

/** Whether serialising looks into a value: bytes are media, and what has `toJSON` says itself what it is. */
function isOpen(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return false
  return toJsonOf(value) === undefined
}
