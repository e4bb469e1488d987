import { existsSync, renameSync, rmSync } from 'node:fs'
import { AuditError } from '../../base/error.ts'
import { pendingEvent } from '../../record/event-record.ts'
import type { PendingRecord } from '../../record/sealed-record.ts'
import { formatCheckpoint } from '../../tlog/checkpoint.ts'
import { formatVerifierKey } from '../../tlog/key.ts'
import { formatNote, type NoteSignature } from '../../tlog/note.ts'
import type { TreeHead } from '../../tlog/proof.ts'
import { type Signer, signNote } from '../../tlog/signer.ts'
import { KEY_ADDED } from '../../verify/key-history.ts'
import { openKey, type WorkerKey } from '../key-source.ts'
import { realFile } from '../real-file.ts'
import {
  newPrivateKey,
  type OpenedSigner,
  privateKeySigner,
  readKeyFile,
  writeKeyFile
} from '../signer.ts'
import { keepReaders, whileClaimed } from './while-claimed.ts'

/** Where a new key waits until it is the log's. */
const nextKeyFile = (keyFile: string) => `${keyFile}.next`

/** A change of a key file that was cut short behind its record: the log has the new key, and the file has the old one. */
export interface KeyLeft {
  /** The key that the file has. */
  readonly from: OpenedSigner
  /** The key that the log has. */
  readonly to: OpenedSigner
  /** Puts the new key in the place of the old one. */
  settle(): void
}

/**
 * The change of a key file that was cut short, if one was. Throws AuditError `bad_key` for a file that holds no key.
 *
 * @param known The key that the log was given last, as a verifier key.
 */
export function keyLeft(keyFile: string, known: string | undefined): KeyLeft | undefined {
  const next = nextKeyFile(keyFile)
  if (known === undefined || !existsSync(next)) return undefined
  const to = signerIn(next)
  if (known !== formatVerifierKey(to.key)) return undefined
  return { from: signerIn(keyFile), to, settle: () => putInPlace(next, keyFile, to) }
}

/**
 * The signer of a log that stores the record of a change of keys and the checkpoint that both sign at once. Where a change of its
 * key file was cut short behind them, the new key takes the place of the old one. Throws AuditError `bad_key`.
 *
 * @param known The key that the log was given last, as a verifier key.
 */
export function openLogSigner(
  source: WorkerKey,
  origin: string,
  known: string | undefined,
  ask: Signer['sign']
): OpenedSigner {
  if (source.kind === 'file') keyLeft(source.path, known)?.settle()
  return openKey(source, origin, ask, known !== undefined)
}

/** The record of a change of keys. Throws AuditError `bad_key` where the new one is not named as the log is. */
export function pendingKeyChange(from: Signer, to: Signer, origin: string): PendingRecord {
  const { key, custody = 'signer' } = to
  if (key.name !== origin) {
    throw new AuditError('bad_key', `the new key is named ${key.name}, the log ${origin}`)
  }
  const event = { key: formatVerifierKey(key), replaces: formatVerifierKey(from.key), custody }
  return pendingEvent(KEY_ADDED, event)
}

/** The checkpoint of a log that several keys sign. Rejects as signing does. */
export async function signedByAll(
  origin: string,
  { size, root }: TreeHead,
  signers: readonly Signer[]
): Promise<string> {
  const text = formatCheckpoint({ origin, size, root })
  const signatures: NoteSignature[] = []
  for (const signer of signers) signatures.push(await signNote(text, signer))
  return formatNote({ text, signatures })
}

/** A log whose key, which is in a file, is changed. */
export interface KeyChange {
  /** The key that the log was given last, as a verifier key. */
  newestKey(): string | undefined | Promise<string | undefined>
  /**
   * Records the change, and has both keys sign.
   *
   * @param isRecorded Whether the log has the new key already: the run before was cut short.
   */
  change(from: OpenedSigner, to: OpenedSigner, isRecorded: boolean): void | Promise<void>
}

/**
 * Changes the key of a log that is in a file: makes a new one, and puts it in the old one's place once the log has it. Several
 * processes come one after the other. A process that is killed in between leaves the new key beside it; the next opening of the
 * log takes it, and so does the next run, which makes no other. Resolves to the new key. Rejects with AuditError `bad_key`, and
 * as the change does.
 */
export async function rotateSigningKeyFile(
  path: string,
  { newestKey, change }: KeyChange
): Promise<Signer> {
  const keyFile = realFile(path)
  // First, so that a file that is missing, or no key, is told as such.
  signerIn(keyFile)
  return await whileClaimed(keyFile, async () => {
    const from = signerIn(keyFile)
    const next = nextKeyFile(keyFile)
    const left = existsSync(next) ? formatVerifierKey(signerIn(next).key) : undefined
    const isRecorded = left !== undefined && (await newestKey()) === left
    if (!isRecorded) {
      rmSync(next, { force: true })
      writeKeyFile(next, newPrivateKey(from.key.name))
      keepReaders(next, keyFile)
    }
    const to = signerIn(next)
    await change(from, to, isRecorded)
    putInPlace(next, keyFile, to)
    return to
  })
}

function signerIn(path: string): OpenedSigner {
  return { ...privateKeySigner(readKeyFile(path)), custody: 'file' }
}

/** Puts a key in the place of the one before; whoever opened the log meanwhile may have done so. */
function putInPlace(next: string, keyFile: string, { key }: Signer): void {
  try {
    renameSync(next, keyFile)
  } catch (error) {
    const isThere = formatVerifierKey(signerIn(keyFile).key) === formatVerifierKey(key)
    if (!isThere) throw error
  }
}
