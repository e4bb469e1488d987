import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import {
  type Anchor,
  AuditError,
  type Journal,
  messageOf,
  type PendingRecord,
  type RetentionSchedule,
  refuseUnknown,
  retentionMs,
  type SealedRecord
} from '@slm-audit/core/journal'
import {
  type CheckpointSchedule,
  checkDurability,
  checkSchedule,
  checkSigning,
  type Durability,
  isKeyProvider,
  type KeySource,
  makeFolder,
  type TakingJournal,
  WorkerJournal,
  workerKey
} from '@slm-audit/core/node'
import { contentsInThread } from '@slm-audit/core/subjects'
import { checkKeyName } from '@slm-audit/core/tlog'
import { Connection } from './connection/connection.ts'
import {
  checkPlace,
  type Place,
  type PlaceOptions,
  usualFolder
} from './connection/connection-options.ts'
import { GrowthListener } from './connection/growth-listener.ts'
import type { WorkerSettings } from './engine/worker-settings.ts'
import { readSealed } from './store/sealed-rows.ts'

/** Options of `postgresJournal`. */
export interface PostgresJournalOptions extends PlaceOptions {
  /**
   * Name of the log, and of its key: no spaces, no plus sign. All processes that append to one log give the
   * same, so that one can begin while the server is away.
   */
  readonly origin: string
  /** The folder on this machine that holds the spools, reviews that are open, and the key unless another is given; `.slm-audit/<schema>` unless given. */
  readonly folder?: string
  /** What a call survives once it is recorded, in the spool on this machine; `process` unless given. */
  readonly durability?: Durability
  /** What signs the log, the same for all its processes; the file `log.key` in the folder unless given. */
  readonly key?: KeySource
  /** When it signs. */
  readonly checkpoints?: Partial<CheckpointSchedule>
  /** Where signed checkpoints are kept out of reach of whoever can write the database. */
  readonly anchors?: readonly Anchor[]
  /** Whether the newest signed head is kept in the user's state folder as well; true unless given. */
  readonly stateFolder?: boolean
  /**
   * Whether the log records who reads it, from now on and whichever program reads; false unless given. Nothing takes it back
   * (docs/guide/access.md).
   */
  readonly readAudit?: boolean
  /**
   * How often what has come to the end of its time, by the policy, is taken out beside the application: `true` once a day. For a user
   * of the server with the rights for it (docs/guide/postgres.md).
   */
  readonly retention?: RetentionSchedule
}

const OPTIONS = [
  ...['url', 'pool', 'schema', 'origin', 'folder', 'durability', 'key', 'checkpoints', 'anchors'],
  ...['stateFolder', 'readAudit', 'retention', 'encryption']
]

/**
 * Opens a journal in a PostgreSQL schema, written by a worker thread. Many processes on many machines may append
 * to one log: each call goes to a spool on its own machine at once, and from there to the server whenever that
 * can be reached. A server that is away costs lag and disk, never a call.
 *
 * Rejects with AuditError: `bad_option`, `bad_key`, `journal_newer`, `journal_damaged`.
 */
export async function postgresJournal(
  options: PostgresJournalOptions
): Promise<Journal & TakingJournal> {
  refuseUnknown('postgresJournal', options, OPTIONS)
  const { durability = 'process', anchors = [], origin } = options
  const { stateFolder = true, readAudit = false } = options
  const place = checkPlace(options)
  if (typeof origin !== 'string') {
    throw new AuditError(
      'bad_option',
      'origin must be the name of the log, such as example.com/audit'
    )
  }
  checkKeyName(origin)
  checkDurability(durability)
  checkSigning(options)
  if (typeof stateFolder !== 'boolean') {
    throw new AuditError('bad_option', 'stateFolder must be true or false')
  }
  if (typeof readAudit !== 'boolean') {
    throw new AuditError('bad_option', 'readAudit must be true or false')
  }
  const contents = options.encryption?.contents
  const folder = openFolder(options.folder ?? usualFolder(place))
  const key = options.key ?? { file: join(folder, KEY_FILE) }
  const data: Omit<WorkerSettings, 'progress'> = {
    place,
    writerId: randomUUID(),
    durability,
    origin,
    key: workerKey(key),
    schedule: checkSchedule(options.checkpoints),
    stateFolder,
    readAudit,
    retentionMs: retentionMs(options.retention),
    ...(contents && { contents: contentsInThread(contents) })
  }
  const worker = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  return WorkerJournal.open<PendingRecord>({
    worker: new URL(worker, import.meta.url),
    data,
    signer: 'key' in key ? key : undefined,
    anchors,
    reviews: join(folder, 'reviews'),
    keyProvider: contents && isKeyProvider(contents.keys) ? contents.keys : undefined,
    spools: { root: join(folder, 'spool'), level: durability, isHidden: contents !== undefined },
    pack: (pending) => pending.map(toPlain),
    read: (fromIndex) => readFrom(place, fromIndex),
    reads: true,
    watch: (grown) => new GrowthListener(place, grown),
    keepsCursors: true
  })
}

/** The file, on this machine, of the key of a log whose journal is given neither `folder` nor `key`. Throws AuditError `bad_option`. */
export function keyFileOf(options: PlaceOptions): string {
  return join(usualFolder(checkPlace(options)), KEY_FILE)
}

const KEY_FILE = 'log.key'

/** The folder's whole path; it is made where it is missing. */
function openFolder(folder: unknown): string {
  if (typeof folder !== 'string' || folder === '') {
    throw new AuditError('bad_option', 'folder must be the path of a folder on this machine')
  }
  const path = resolve(folder)
  try {
    makeFolder(path)
  } catch (cause) {
    const message = `folder: ${path} cannot be made: ${messageOf(cause)}`
    throw new AuditError('bad_option', message, { cause })
  }
  return path
}

async function* readFrom(place: Place, fromIndex: number): AsyncGenerator<SealedRecord> {
  const connection = await Connection.open(place)
  try {
    yield* readSealed(connection, fromIndex)
  } finally {
    await connection.close()
  }
}

/** A pending record without what cannot be sent to a worker, and without what the worker does not need. */
function toPlain({ record, head, tail, contents, retried = false }: PendingRecord): PendingRecord {
  const { auditId, stage, kind, parent, context = {} } = record
  const { tenant, user, session, conversation } = context
  // By these contents are sealed in parts, and encrypted.
  const around = Object.entries({ tenant, user, session, conversation }).filter(
    ([, value]) => value
  )
  const needed: Partial<PendingRecord['record']> = {
    auditId,
    stage,
    kind,
    ...(parent !== undefined && { parent }),
    ...(record.context && { context: Object.fromEntries(around) })
  }
  return { record: needed as PendingRecord['record'], head, tail, contents, retried }
}
