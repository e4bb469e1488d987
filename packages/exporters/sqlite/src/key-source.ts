import { AuditError, type AuditRecord, eventDraft, KEY_ADDED } from '@slm-audit/core'
import { privateKeySigner, readKeyFile } from '@slm-audit/core/node'
import { formatVerifierKey, parseVerifierKey, type Signer } from '@slm-audit/core/tlog'
import type { Database } from 'better-sqlite3'
import { rowOf, type Writer } from './writer.ts'

/**
 * Where the log's private key is: in a file (made with permissions 0600 where it is missing), in an
 * environment variable (as text, `PRIVATE+KEY+…`), or behind a signer such as a key management
 * service, which is called on the caller's thread.
 */
export type KeySource = { readonly file: string } | { readonly env: string } | Signer

/** A key as the worker is told of it. */
export type WorkerKey =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'remote'; readonly key: string }

/** What the worker is told of a key. Throws AuditError `bad_key`. */
export function workerKey(source: KeySource): WorkerKey {
  if ('file' in source) return { kind: 'file', path: source.file }
  if ('key' in source) return { kind: 'remote', key: formatVerifierKey(source.key) }
  const text = process.env[source.env]
  if (text === undefined || text === '') {
    throw new AuditError('bad_key', `the environment has no ${source.env}; set it to a private key`)
  }
  return { kind: 'text', text }
}

/** The key that a log was given last, if any. */
export function newestKey(database: Database): string | undefined {
  const header = database
    .prepare(
      `SELECT header FROM records WHERE idx =
        (SELECT id FROM calls WHERE kind = 'key.added' ORDER BY id DESC LIMIT 1)`
    )
    .pluck()
    .get()
  if (header === undefined) return undefined
  return String((JSON.parse(String(header)) as AuditRecord).event?.key)
}

/** Opens a private key that is at hand; a key file is made for `origin` where it is missing. */
export function openKey(source: Exclude<WorkerKey, { kind: 'remote' }>, origin: string): Signer {
  return privateKeySigner(source.kind === 'text' ? source.text : readKeyFile(source.path, origin))
}

/**
 * Makes sure that the log knows the key that will sign it: the first one is recorded, another one
 * is refused. Throws AuditError `bad_key`.
 */
export function admitKey(database: Database, writer: Writer, signer: Signer, origin: string): void {
  const { key } = signer
  if (key.name !== origin) {
    throw new AuditError('bad_key', `the key is named ${key.name}, the log ${origin}; use its key`)
  }
  const own = formatVerifierKey(key)
  database
    .transaction(() => {
      const known = newestKey(database)
      if (known === undefined) writer.append([rowOf(eventDraft(KEY_ADDED, { key: own }))])
      else if (known !== own) {
        const expected = parseVerifierKey(known).keyId
        throw new AuditError(
          'bad_key',
          `the log ${origin} is signed by key ${expected}, not ${key.keyId}; give that key, or change keys with slm-audit key rotate`
        )
      }
    })
    .immediate()
}
