import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import type { LoadedPolicy } from '@open-policy-agent/opa-wasm'
import type { GivenOutcome, PolicyFacts } from '@slm-audit/core'
import { readPinnedFile } from '@slm-audit/core/node'
import { parseTar } from 'nanotar'

/** What `outcome`, `holds` and `check` are given by a rule. */
export interface RegoOptions {
  /** The path of what `opa build -t wasm` makes, `bundle.tar.gz`, or of the `policy.wasm` in it. */
  readonly file: string
  /** The entrypoint, such as `slm_audit/outcome`; needed where there are several. */
  readonly entrypoint?: string
  /** What policies read as `data`; the bundle's `data.json` unless given. Any JSON. */
  readonly data?: unknown
  /** SHA-256 of the file, in hexadecimal digits. `check` adds it, and every thread then takes this very file. */
  readonly digest?: string
}

// Its form for `import` does not load at once.
const opa = createRequire(import.meta.url)(
  '@open-policy-agent/opa-wasm'
) as typeof import('@open-policy-agent/opa-wasm')

/** Policies that are loaded, the newest last. One more takes the place of the oldest. */
const loaded = new Map<string, LoadedPolicy>()
const MOST_LOADED = 8
const MEMBERS = ['file', 'entrypoint', 'data', 'digest']

/**
 * The outcome that a policy in Rego gives for a call; `undefined` where the entrypoint is undefined. The facts are its
 * `input`, unknown ones absent. Throws Error where it cannot be evaluated.
 */
export function outcome(facts: PolicyFacts, options: RegoOptions): GivenOutcome | undefined {
  return evaluate(facts, options) as GivenOutcome | undefined
}

/** Whether an entrypoint is true for a call; undefined is false, as in Rego. Throws as `outcome` does. */
export function holds(facts: PolicyFacts, options: RegoOptions): boolean {
  const found = evaluate(facts, options)
  if (found === undefined || typeof found === 'boolean') return found === true
  throw new TypeError('the entrypoint is neither true nor false')
}

/** The options with the digest of their file. Throws TypeError that says what is wrong with them, or with the file. */
export function check(options: unknown): RegoOptions {
  const given = (options ?? {}) as RegoOptions
  const unknown = Object.keys(given).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`knows no options.${unknown}; there are ${MEMBERS.join(', ')}`)
  }
  if (typeof given.file !== 'string') {
    throw new TypeError('needs options.file, the path of what opa build -t wasm makes')
  }
  const pinned = readPinnedFile(given.file, given.digest)
  const pinnedOptions = { ...given, digest: pinned.digest }
  entrypointOf(policyOf(pinnedOptions), given)
  return pinnedOptions
}

function evaluate(facts: PolicyFacts, options: RegoOptions): unknown {
  const policy = policyOf(options)
  let results: unknown
  try {
    results = policy.evaluate(facts, entrypointOf(policy, options))
  } catch (cause) {
    // What it aborts with may show values of the call.
    throw new Error('the policy in Rego cannot be evaluated for this call', { cause })
  }
  if (!Array.isArray(results)) throw new TypeError('the module gave no set of results')
  const [first] = results as { readonly result: unknown }[]
  return first?.result
}

function entrypointOf({ entrypoints }: LoadedPolicy, { entrypoint }: RegoOptions): string {
  const names = Object.keys(entrypoints as object)
  const [only] = names
  if (entrypoint === undefined && only !== undefined && names.length === 1) return only
  if (entrypoint !== undefined && names.includes(entrypoint)) return entrypoint
  throw new TypeError(`must have options.entrypoint of ${names.join(', ')}`)
}

function policyOf(options: RegoOptions): LoadedPolicy {
  const { file, digest, data } = options
  const key = JSON.stringify([file, digest, data])
  const known = loaded.get(key)
  if (known) return known
  const policy = load(file, readPinnedFile(file, digest).bytes, data)
  loaded.set(key, policy)
  const [oldest] = loaded.keys()
  if (loaded.size > MOST_LOADED && oldest !== undefined) loaded.delete(oldest)
  return policy
}

function load(file: string, bytes: Uint8Array, given: unknown): LoadedPolicy {
  const { module, data = {} } = isWasm(bytes) ? { module: bytes } : unpacked(file, bytes)
  try {
    const policy = opa.loadPolicySync(Uint8Array.from(module))
    policy.setData((given ?? data) as object)
    return policy
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`${file} is no policy in WebAssembly: ${why}`, { cause })
  }
}

function isWasm(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && String.fromCharCode(...bytes.subarray(1, 4)) === 'asm'
}

/** The longest bundle that is unpacked, in bytes. */
const MOST_BYTES = 64 * 1_048_576

/** What of a bundle is used. */
interface Bundle {
  readonly module: Uint8Array
  readonly data?: unknown
}

function unpacked(file: string, bytes: Uint8Array): Bundle {
  try {
    // parseTar reads the whole memory behind a Buffer, and a small one shares it with others.
    const tar = Uint8Array.from(gunzipSync(bytes, { maxOutputLength: MOST_BYTES }))
    const files = parseTar(tar)
    const find = (name: string) => files.find((each) => each.name.replace(/^[./]+/, '') === name)
    const module = find('policy.wasm')?.data
    if (!module) throw new TypeError('it has no policy.wasm; build it with opa build -t wasm')
    const text = find('data.json')?.text
    return { module, ...(text && { data: JSON.parse(text) as unknown }) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`${file} is no bundle: ${why}`, { cause })
  }
}
