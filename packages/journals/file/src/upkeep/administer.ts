import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { type AdminSigning, AuditError } from '@slm-audit/core/journal'
import {
  checkKeptHeads,
  keepHead,
  type OpenedSigner,
  readKeptHeads,
  signedByAll
} from '@slm-audit/core/node'
import { type Cipher, decrypterFor, encrypterFor, recipientsOf } from '../format/age.ts'
import type { FileSystem } from '../format/files.ts'
import { hasWriterLocks, lockSharedWriter } from '../journal/file-lock.ts'
import { LogFiles } from '../journal/log-files.ts'
import { MAX_AGE_MS, MAX_BYTES } from '../journal/log-files-settings.ts'
import { closedOf, textsFrom } from '../journal/read-directory.ts'
import {
  admitKey,
  checkpointStore,
  isSigned,
  recordLost,
  recordUnsigned
} from '../journal/sign-log.ts'

/** Who reads and writes the records of a log that is encrypted. */
export interface AdminKeys {
  /** age identities (`AGE-SECRET-KEY-1…`): what is encrypted is read before it is changed. */
  readonly identities?: readonly string[]
  /** age recipients (`age1…`) of what is written; those of the identities unless given. */
  readonly recipients?: readonly string[]
}

/** A log in files that is open to be changed by somebody who looks after it. */
export interface AdministeredFiles {
  readonly directory: string
  readonly log: LogFiles
  readonly decrypt: Cipher
  /** Absent where the log is not encrypted. */
  readonly encrypt?: Cipher
}

/** How somebody who looks after a log writes it. */
export interface AdminWriting {
  /** The files that it is written by; those of the system unless given. */
  readonly files?: FileSystem
  /** The name among the writers, in hex; a random one unless given. */
  readonly writer?: string
}

/**
 * Opens a log that is there, lets `run` add to it beside the applications that write it, and signs what it added. Rejects
 * as opening a log does, and with AuditError `bad_key` for a key that is not the log's, or where it is encrypted and
 * there is no key to write it with.
 */
export async function administer<T>(
  path: string,
  { signer, keyFile, stateFolder }: AdminSigning,
  keys: AdminKeys,
  run: (files: AdministeredFiles, signAs: SignAs) => T | Promise<T>,
  { files, writer = randomBytes(8).toString('hex') }: AdminWriting = {}
): Promise<T> {
  const directory = resolve(path)
  // First, so that no log is made where there is none.
  const { origin } = closedOf(directory).manifest
  const encrypt = await encrypterOf(directory, keys)
  const decrypt = await decrypterFor(keys.identities ?? [])
  const settings = { durability: 'disk', maxBytes: MAX_BYTES, maxAgeMs: MAX_AGE_MS } as const
  const log = new LogFiles({ ...settings, directory, origin, encrypt, writer }, files)
  try {
    const hasWriters = hasWriterLocks(directory)
    // So that whoever finds records without a signature knows that a process died.
    const lock = await lockSharedWriter(log, directory, writer)
    try {
      const places = { keyFile, stateFolder }
      let current: OpenedSigner | undefined = signer
      const signAs = (other: OpenedSigner) => {
        current = other
      }
      const signing = { signer: () => current ?? noSigner(), hasWriters, places }
      const sign = signer && (await headSigning(log, directory, signing))
      const { size } = log.state
      await recordLost(log)
      const result = await run({ directory, log, decrypt, ...(encrypt && { encrypt }) }, signAs)
      if (log.state.size > size) await sign?.()
      return result
    } finally {
      lock.close(isSigned(log, directory))
    }
  } finally {
    log.close()
  }
}

/** Has another key sign the log from now on. */
export type SignAs = (signer: OpenedSigner) => void

function noSigner(): never {
  throw new AuditError('bad_key', 'there is no key to sign the log with; give signer')
}

/** What a program that is not the application signs a log with. */
interface HeadSigning {
  readonly signer: () => OpenedSigner
  readonly hasWriters: boolean
  readonly places: Parameters<typeof checkpointStore>[2]
}

async function headSigning(
  log: LogFiles,
  directory: string,
  { signer, hasWriters, places }: HeadSigning
): Promise<() => Promise<void>> {
  const store = checkpointStore(log, directory, places)
  await admitKey(log, signer())
  checkKeptHeads(readKeptHeads(store.headPaths()), log.origin, await store.head(), store.proof)
  await recordUnsigned(log, directory, { hasWriters, signer, store })
  return async () => {
    const { size, root } = await store.head()
    const note = await signedByAll(log.origin, { size, root }, [signer()])
    if (await store.store(size, note)) keepHead(store.headPaths(), note)
  }
}

/** Rejects with AuditError `bad_key` where the log is encrypted, and whoever looks after it could only write in plain. */
async function encrypterOf(
  directory: string,
  { identities = [], recipients = [] }: AdminKeys
): Promise<Cipher | undefined> {
  const isEncrypted = await isLogEncrypted(directory)
  if (isEncrypted === false) return undefined
  const known = recipients.length > 0 ? recipients : await recipientsOf(identities)
  if (known.length > 0) return await encrypterFor(known)
  if (isEncrypted === undefined) return undefined
  const message = `the records in ${directory} are encrypted; give an identity of one of their recipients (--identity)`
  throw new AuditError('bad_key', message)
}

/** Lines that are the same in a log that is encrypted and in one that is not. */
const READABLE = /"kind":"key\.added"|^{"(pruned|end)":/

/** Undefined where no line tells yet: whoever is given keys then takes the log for one that is encrypted with them. */
async function isLogEncrypted(directory: string): Promise<boolean | undefined> {
  for await (const { texts } of textsFrom(directory, 0)) {
    // A key, what retention left of records, and the end of a file stay readable.
    const line = texts.find((text) => text !== '' && !READABLE.test(text))
    if (line !== undefined) return line.startsWith('{"batch":')
  }
  return undefined
}
