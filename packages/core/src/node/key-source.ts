import { existsSync } from 'node:fs'
import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '../tlog/key.ts'
import type { Custody, Signer } from '../tlog/signer.ts'
import { type OpenedSigner, privateKeySigner, readKeyFile } from './signer.ts'

/**
 * Where the log's private key is: in a file (made with permissions 0600 where it is missing), in an
 * environment variable (as text, `PRIVATE+KEY+…`), or behind a signer such as a key management
 * service, which is called on the caller's thread.
 */
export type KeySource = { readonly file: string } | { readonly env: string } | Signer

/** What signs a log and who keeps its checkpoints, as an application gives them. */
interface SigningOptions {
  readonly key?: unknown
  readonly anchors?: unknown
}

/** Throws AuditError `bad_option` for what is not a source of a key, or not a list of anchors. */
export function checkSigning({ key, anchors = [] }: SigningOptions): void {
  const isSigner = isObject(key) && isObject(key.key) && typeof key.sign === 'function'
  const isSource = isObject(key) && (typeof key.file === 'string' || typeof key.env === 'string')
  if (key !== undefined && !isSigner && !isSource) {
    throw new AuditError('bad_option', 'key must be { file }, { env } or a signer')
  }
  const isAnchor = (one: unknown) => isObject(one) && typeof one.publish === 'function'
  if (!Array.isArray(anchors) || !anchors.every(isAnchor)) {
    throw new AuditError(
      'bad_option',
      'anchors must be a list of anchors, for instance fileAnchor()'
    )
  }
}

/** A key as the worker gets it. */
export type WorkerKey =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'remote'; readonly key: string; readonly custody?: Custody }

/** What the worker gets of a key. Throws AuditError `bad_key`. */
export function workerKey(source: KeySource): WorkerKey {
  if ('file' in source) return { kind: 'file', path: source.file }
  if ('key' in source) {
    const { key, custody } = source
    return { kind: 'remote', key: formatVerifierKey(key), ...(custody && { custody }) }
  }
  const text = process.env[source.env]
  if (text === undefined || text === '') {
    throw new AuditError('bad_key', `the environment has no ${source.env}; set it to a private key`)
  }
  return { kind: 'text', text }
}

/**
 * The signer of a key: one behind a remote signer asks `ask`; a key file that is missing is made for
 * `origin`, unless the log has a key already. Throws AuditError `bad_key`.
 */
export function openKey(
  source: WorkerKey,
  origin: string,
  ask: Signer['sign'],
  hasKey = false
): OpenedSigner {
  if (source.kind === 'remote') {
    const { key, custody = 'signer' } = source
    return { key: parseVerifierKey(key), sign: ask, custody }
  }
  const text =
    source.kind === 'text' ? source.text : readKeyFile(source.path, hasKey ? undefined : origin)
  const custody = source.kind === 'text' ? 'environment' : 'file'
  return { ...privateKeySigner(text), custody }
}

/**
 * Refuses to begin a new log beside the key of another, which was moved, deleted or not mounted. For journals, before they
 * make anything. Throws AuditError `bad_key`.
 *
 * @param keyFile Where the key of the new log is looked for.
 * @param prepared The name of the new log, where a key with it is not left of another but made for this one.
 * @param missing What is not there, and how it comes back: `its database is not at x; put the database back`.
 */
export function refuseKeyLeft(
  keyFile: string,
  prepared: string | undefined,
  missing: string
): void {
  if (!existsSync(keyFile)) return
  const { name } = privateKeySigner(readKeyFile(keyFile)).key
  if (name === prepared) return
  const next = 'or move the key elsewhere to begin a new log'
  throw new AuditError(
    'bad_key',
    `the key of the log ${name} is at ${keyFile}, but ${missing}, ${next}`
  )
}

/**
 * Whether a log must record the key that will sign it, since it has none yet. Throws AuditError
 * `bad_key` for a key that is not the log's; `known` is the newest that it has.
 */
export function isKeyToRecord(
  known: string | undefined,
  key: VerifierKey,
  origin: string
): boolean {
  if (key.name !== origin) {
    throw new AuditError('bad_key', `the key is named ${key.name}, the log ${origin}; use its key`)
  }
  if (known === undefined) return true
  if (known === formatVerifierKey(key)) return false
  const expected = parseVerifierKey(known).keyId
  throw new AuditError(
    'bad_key',
    `the log ${origin} is signed by key ${expected}, not ${key.keyId}; give that key, or change keys with slm-audit key rotate`
  )
}
