import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  type Anchor,
  AuditError,
  type Journal,
  type PendingRecord,
  type RetentionSchedule,
  refuseUnknown,
  retentionMs
} from '@slm-audit/core/journal'
import {
  type CheckpointSchedule,
  checkNode,
  checkSchedule,
  checkSigning,
  isKeyProvider,
  type KeySource,
  realFile,
  refuseKeyLeft,
  type TakingJournal,
  WorkerJournal,
  workerKey
} from '@slm-audit/core/node'
import { contentsInThread, rowSubject, useContentsKeys } from '@slm-audit/core/subjects'
import { checkKeyName } from '@slm-audit/core/tlog'
import {
  checkFileOptions,
  checkTexts,
  FILE_OPTIONS,
  type FileOptions,
  workerUrl
} from './file-options.ts'
import { decrypterFor } from './format/age.ts'
import { defaultKeyFile, holdsLog, SPOOLS } from './format/layout.ts'
import { closedOf, readDirectory } from './journal/read-directory.ts'
import type { FileRow } from './journal/sealing.ts'
import { newSpoolKey } from './journal/spool-key.ts'
import { reviewsOf } from './list-reviews.ts'
import { contentsOf, type FilesEncryption } from './subjects/files-encryption.ts'
import { OpenedRecords } from './subjects/opened-records.ts'

/** Options of `fileJournal`. */
export interface FileJournalOptions extends FileOptions {
  /**
   * Name of a log that is made new, and of its key: no spaces, no plus sign. The name of the key
   * that is given, or `slm-audit/` and a random word, unless given.
   */
  readonly origin?: string
  /** What signs the log; a file beside the directory (`<directory>.key`) unless given. */
  readonly key?: KeySource
  /** When it signs. */
  readonly checkpoints?: Partial<CheckpointSchedule>
  /** Where signed checkpoints are kept out of reach of whoever can write the directory. */
  readonly anchors?: readonly Anchor[]
  /** Whether the newest signed head is kept in the user's state folder as well; true unless given. */
  readonly stateFolder?: boolean
  /**
   * age identities (`AGE-SECRET-KEY-1…`) with which this process may read what it encrypted: for `read`,
   * and to take in what a process that was killed left in its spool. Without one that waits there for a
   * process that has one. None unless given.
   */
  readonly identities?: readonly string[]
  /**
   * `contents: { keys }` encrypts contents with a key for each data subject (docs/guide/encryption.md); with `recipients` as
   * well, or without. They are not unless given; a log that began to goes on doing so.
   */
  readonly encryption?: FilesEncryption
  /**
   * Whether the log records who reads its contents, from now on and by whichever program; once it does so nothing ends that
   * (docs/guide/access.md). False unless given.
   */
  readonly readAudit?: boolean
  /**
   * Runs retention beside the application (docs/guide/retention.md): `true` once a day, or how often. The log's policy says how
   * long records are kept. Of a log that is encrypted it needs `identities`. Not unless given.
   */
  readonly retention?: RetentionSchedule
}

const OPTIONS = [
  ...FILE_OPTIONS,
  'origin',
  'key',
  'checkpoints',
  'anchors',
  'stateFolder',
  'identities',
  'encryption',
  'readAudit',
  'retention'
]

/**
 * Opens a journal that keeps its log as JSON Lines in a directory (docs/file-format.md), written by
 * a worker thread. Several journals, also in several processes, may append to one directory.
 * Opening cuts off what a dead process did not finish, records that, and writes `abandoned` for
 * the calls that it left open.
 *
 * Rejects with AuditError: `bad_option`, `bad_key`, `journal_unavailable`, `journal_newer`,
 * `journal_damaged`.
 */
export async function fileJournal(options: FileJournalOptions): Promise<Journal & TakingJournal> {
  checkNode()
  refuseUnknown('fileJournal', options, OPTIONS)
  const files = checkFileOptions(options)
  const { identities = [], anchors = [], stateFolder = true, readAudit = false } = options
  if (typeof readAudit !== 'boolean') {
    throw new AuditError('bad_option', 'readAudit must be true or false')
  }
  const retention = retentionMs(options.retention)
  checkTexts('identities', identities)
  const contents = contentsOf(options.encryption)
  checkSigning(options)
  const { directory } = files
  const inThread = contents && contentsInThread(contents)
  if (contents && inThread) useContentsKeys(realFile(directory), contents.keys, inThread)
  const key = options.key ?? { file: defaultKeyFile(directory) }
  if ('file' in key && !holdsLog(directory)) {
    const prepared = options.key ? options.origin : undefined
    refuseKeyLeft(key.file, prepared, `its log is not in ${directory}; put the directory back`)
  }
  const named = 'key' in key ? key.key.name : `slm-audit/${randomBytes(4).toString('hex')}`
  const origin = options.origin ?? named
  checkKeyName(origin)
  const schedule = checkSchedule(options.checkpoints)
  const decrypt = await decrypterFor(identities)
  const writer = randomBytes(8).toString('hex')
  const signing = { writer, key: workerKey(key), schedule, stateFolder }
  const often = retention !== undefined && { retentionMs: retention }
  const data = {
    ...files,
    origin,
    identities,
    signing,
    readAudit,
    ...often,
    ...(inThread && { contents: inThread })
  }
  const opened = new OpenedRecords(directory, () => closedOf(directory).manifest.origin)
  return WorkerJournal.open<PendingRecord>({
    worker: workerUrl(),
    data,
    signer: 'key' in key ? key : undefined,
    keyProvider: contents && isKeyProvider(contents.keys) ? contents.keys : undefined,
    anchors,
    reviews: reviewsOf(directory),
    spools: {
      root: join(directory, SPOOLS),
      level: files.durability,
      key: await newSpoolKey(files.recipients),
      isHidden: contents !== undefined
    },
    keepsCursors: true,
    pack: (pending) => pending.map(toPlain),
    read: (fromIndex) => opened.all(readDirectory(directory, decrypt, fromIndex))
  })
}

/** A pending record without what cannot be sent to a worker, and without what the worker does not need. */
function toPlain({ record, head, tail, contents, retried = false }: PendingRecord): FileRow {
  const { auditId, stage, context = {} } = record
  const { tenant, user, session, conversation } = context
  // By these contents are sealed in parts.
  const around = Object.entries({ tenant, user, session, conversation }).filter(
    ([, value]) => value
  )
  const needed: Partial<PendingRecord['record']> = {
    auditId,
    stage,
    context: Object.fromEntries(around)
  }
  const plain = { record: needed as PendingRecord['record'], head, tail, contents, retried }
  return { ...plain, auditId, subject: rowSubject(record) }
}
