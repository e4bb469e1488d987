import { createHash, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import {
  type Anchor,
  AuditError,
  type Journal,
  type PendingRecord,
  type RetentionSchedule,
  refuseUnknown,
  retentionMs,
  type SealedRecord
} from '@slm-audit/core/journal'
import {
  type AnomalyOptions,
  type CheckpointSchedule,
  checkAnomalies,
  checkDurability,
  checkNode,
  checkSchedule,
  checkSigning,
  type Durability,
  isKeyProvider,
  type KeySource,
  realFile,
  type TakingJournal,
  WorkerJournal,
  workerKey
} from '@slm-audit/core/node'
import { contentsInThread } from '@slm-audit/core/subjects'
import { checkKeyName } from '@slm-audit/core/tlog'
import { newSpoolKey } from './encryption/spool-key.ts'
import { type DatabaseEncryption, unlockWith } from './encryption/unlock.ts'
import { checkKeyHasDatabase, defaultKeyFile } from './keys/key-file.ts'
import { reviewsOf } from './list-reviews.ts'
import { ageMs, COLD_AFTER } from './store/cold/cold-after.ts'
import { readWithKeys } from './store/contents/content-keys.ts'
import { openForReading } from './store/open-database.ts'
import { packRows } from './store/row-codec.ts'
import { sealedPage } from './store/sealed-rows.ts'
import { spoolsOf } from './store/spool-places.ts'
import { sizeOf } from './store/tree.ts'
import type { WorkerSettings } from './worker.ts'

/** Options of `sqliteJournal`. */
export interface SqliteJournalOptions {
  /** The database; made, with its directories, where it is missing. */
  readonly file: string
  /**
   * What a call survives once it is recorded. `memory`: nothing for sure. `process` (the default): any
   * end of the process, at any moment. `disk`: the loss of power.
   */
  readonly durability?: Durability
  /**
   * Name of a log that is made new, and of its key: no spaces, no plus sign. The name of the key
   * that is given, or `slm-audit/` and a random word, unless given.
   */
  readonly origin?: string
  /** What signs the log; a file beside the database (`<file>.key`) unless given. */
  readonly key?: KeySource
  /** When it signs. */
  readonly checkpoints?: Partial<CheckpointSchedule>
  /** Where signed checkpoints are kept out of reach of whoever can write the database. */
  readonly anchors?: readonly Anchor[]
  /**
   * Whether the newest signed head is kept in the user's state folder as well (docs/guide/verify.md), so
   * that a log that was shortened or rewritten is noticed when it is signed next; true unless given.
   */
  readonly stateFolder?: boolean
  /** The key of an encrypted database (docs/guide/encryption.md); it is plain unless given. */
  readonly encryption?: DatabaseEncryption
  /** Looks for what is not as usual, in the journal's thread (docs/guide/anomalies.md); nobody does unless given. */
  readonly anomalies?: boolean | AnomalyOptions
  /**
   * Whether the log records who reads contents, exports, proves and verifies, whichever program does
   * (docs/guide/access.md). A log that was opened so once keeps it; false unless given.
   */
  readonly readAudit?: boolean
  /**
   * Runs retention beside the application (docs/guide/retention.md): `true` once a day, or how often. The log's
   * policy says how long records are kept.
   */
  readonly retention?: RetentionSchedule
  /**
   * How old records are that are compressed beside the application (docs/how-it-is-kept.md): `30d` unless given, `12h`,
   * `4w`; `false` for never. The first run begins ten minutes after opening, and one follows each day.
   */
  readonly coldAfter?: string | false
}

const OPTIONS = [
  ...['file', 'durability', 'origin', 'key', 'checkpoints', 'anchors', 'stateFolder'],
  ...['encryption', 'anomalies', 'readAudit', 'retention', 'coldAfter']
]

/**
 * Opens a journal in a SQLite database that a worker thread owns: the caller's thread only posts
 * batches. Several journals, also in several processes, may append to one file. Opening writes
 * `abandoned` for the calls that dead processes left open.
 *
 * Rejects with AuditError: `bad_option`, `journal_unavailable`, `journal_newer`, `journal_damaged`.
 */
export async function sqliteJournal(
  options: SqliteJournalOptions
): Promise<Journal & TakingJournal> {
  checkNode()
  refuseUnknown('sqliteJournal', options, OPTIONS)
  const { durability = 'process', anchors = [], stateFolder = true, readAudit = false } = options
  if (typeof options.file !== 'string' || options.file === '') {
    throw new AuditError('bad_option', 'file must be the path of a database')
  }
  checkDurability(durability)
  checkSigning(options)
  if (typeof stateFolder !== 'boolean') {
    throw new AuditError('bad_option', 'stateFolder must be true or false')
  }
  if (typeof readAudit !== 'boolean') {
    throw new AuditError('bad_option', 'readAudit must be true or false')
  }
  const retention = retentionMs(options.retention)
  const { coldAfter = COLD_AFTER } = options
  const coldMs = coldAfter === false ? undefined : ageMs(coldAfter, ', or false')
  const file = realFile(options.file)
  await unlockWith(file, options.encryption)
  const contents = options.encryption?.contents
  const anomalies = checkAnomalies(options.anomalies ?? false)
  const key = options.key ?? { file: defaultKeyFile(options.file) }
  if ('file' in key) checkKeyHasDatabase(file, resolve(key.file), options.origin)
  const origin = options.origin ?? ('key' in key ? key.key.name : newOrigin())
  checkKeyName(origin)
  const schedule = checkSchedule(options.checkpoints)
  const data: Omit<WorkerSettings, 'progress'> = {
    file,
    writerId: randomUUID(),
    durability,
    origin,
    key: workerKey(key),
    schedule,
    stateFolder,
    readAudit,
    ...(anomalies && { watch: { state: `${file}-watch`, detectors: anomalies.detectors } }),
    ...(retention !== undefined && { retentionMs: retention }),
    ...(coldMs !== undefined && { coldMs }),
    ...(contents && { contents: contentsInThread(contents) })
  }
  const worker = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  return WorkerJournal.open<PendingRecord>({
    worker: new URL(worker, import.meta.url),
    data,
    signer: 'key' in key ? key : undefined,
    keyProvider: contents && isKeyProvider(contents.keys) ? contents.keys : undefined,
    anchors,
    anomalies,
    reviews: reviewsOf(file),
    spools: {
      root: spoolsOf(file),
      level: durability,
      key: newSpoolKey(file),
      isHidden: contents !== undefined
    },
    pack: packRows,
    read: (fromIndex) => readFile(file, fromIndex),
    reads: true,
    keepsCursors: true
  })
}

async function* readFile(file: string, fromIndex: number): AsyncGenerator<SealedRecord> {
  const database = openForReading(file)
  try {
    const end = sizeOf(database)
    for (let from = fromIndex; from < end; ) {
      const page = await readWithKeys(database, () => sealedPage(database, from))
      yield* page.filter(({ index }) => index < end)
      from = (page.at(-1)?.index ?? end) + 1
    }
  } finally {
    database.close()
  }
}

function newOrigin(): string {
  return `slm-audit/${createHash('sha256').update(randomUUID()).digest('hex').slice(0, 8)}`
}
