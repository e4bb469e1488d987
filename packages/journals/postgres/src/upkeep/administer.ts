import { type AdminSigning, AuditError } from '@slm-audit/core/journal'
import {
  Checkpointer,
  checkKeptHeads,
  checkSchedule,
  isKeyToRecord,
  keepHead,
  pendingKeyChange,
  readKeptHeads,
  signedByAll
} from '@slm-audit/core/node'
import { formatVerifierKey, type Signer } from '@slm-audit/core/tlog'
import { Connection } from '../connection/connection.ts'
import { checkPlace, type PlaceOptions } from '../connection/connection-options.ts'
import { LogCheckpoints } from '../engine/log-checkpoints.ts'
import { admitKey, headPathsOf, recordUnsigned, type SignedLog } from '../engine/open-log.ts'
import { checkArrived } from '../store/arriving.ts'
import { tellProvider } from '../store/contents/tell-destroyed.ts'
import { newestKey } from '../store/key-records.ts'
import { checkCurrent, checkReadable, originOf } from '../store/schema.ts'
import { sizeOf } from '../store/sealed-rows.ts'
import { storeCheckpoint } from '../store/stored-checkpoints.ts'
import { proofIn, StoredTiles } from '../store/stored-tiles.ts'
import { Writer } from '../store/writer.ts'
import { COMMAND, enterWriter, leaveWriter } from '../store/writers.ts'

/** A log that somebody looks after: in a transaction, and nobody else writes it meanwhile. */
export interface AdministeredLog {
  readonly connection: Connection
  readonly writer: Writer
  /** Records stored. */
  readonly size: number
}

/** Runs a step in a transaction of its own, under the log's lock. */
export type Transact = <T>(step: (log: AdministeredLog) => Promise<T>) => Promise<T>

/**
 * Runs something that adds to a log, in one transaction under the log's lock, and signs what it added. Writers wait for it
 * with their calls in their spools. Rejects with AuditError as opening the log does, `bad_key` for a key that is not
 * the log's, `history_rewritten` for a log that does not continue the heads that were kept of it; and where it could not
 * be signed, which undoes nothing.
 */
export function administer<T>(
  options: PlaceOptions,
  signing: AdminSigning,
  run: (log: AdministeredLog) => Promise<T>
): Promise<T> {
  return administerSteps(options, signing, (_, transact) => transact(run))
}

/** `administer` for what is done in several transactions, and signed once; between them others write. */
export async function administerSteps<T>(
  options: PlaceOptions,
  signing: AdminSigning,
  run: (connection: Connection, transact: Transact) => Promise<T>
): Promise<T> {
  await using opened = await OpenedForUpkeep.open(options, signing)
  const result = await run(opened.connection, opened.transact)
  await opened.sign()
  await tellProvider(opened.connection)
  return result
}

/** A log that somebody looks after, on a connection of its own. */
export class OpenedForUpkeep implements AsyncDisposable {
  readonly connection: Connection
  readonly #log: SignedLog
  readonly #hasSigner: boolean
  #hasGrown = false

  private constructor(connection: Connection, log: SignedLog, hasSigner: boolean) {
    this.connection = connection
    this.#log = log
    this.#hasSigner = hasSigner
  }

  /** Connects. Rejects as `administer`. */
  static async open(options: PlaceOptions, signing: AdminSigning): Promise<OpenedForUpkeep> {
    const connection = await Connection.open(checkPlace(options))
    try {
      await checkReadable(connection)
      await checkCurrent(connection)
      await checkArrived(connection)
      const log = await signedLogOf(connection, signing)
      return new OpenedForUpkeep(connection, log, signing.signer !== undefined)
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  /** Handed on without its object. */
  readonly transact: Transact = (step) =>
    this.#log.writer.exclusive(this.connection, async (size) => {
      const { connection } = this
      const next = this.#hasSigner ? await checkSigned(this.#log, connection, size) : size
      const done = await step({ connection, writer: this.#log.writer, size: next })
      const grows = (await sizeOf(connection)) > size
      // Whoever finds records without a signature knows that somebody without the key added them.
      if (grows) await enterWriter(connection, COMMAND)
      this.#hasGrown ||= grows
      return done
    })

  /** Signs what was added, where there is a key. */
  async sign(): Promise<void> {
    if (this.#hasSigner && this.#hasGrown) await sign(this.#log, this.connection)
  }

  /**
   * Gives the log another key: the record of it, and the checkpoint that both keys sign, in one transaction. Rejects with AuditError
   * as `transact`, and as signing does.
   */
  async changeKey(from: Signer, to: Signer): Promise<void> {
    const { origin } = this.#log
    const change = pendingKeyChange(from, to, origin)
    const note = await this.transact(async ({ connection, writer, size }) => {
      const next = await writer.appendNow(connection, size, [{ pending: [change] }])
      const signed = await signedByAll(origin, await writer.head(connection, next), [from, to])
      await storeCheckpoint(connection, next, signed)
      return signed
    })
    keepHead(headPathsOf(this.#log, formatVerifierKey(to.key)), note)
    await leaveWriter(this.connection, COMMAND)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close()
  }
}

async function signedLogOf(
  connection: Connection,
  { signer, keyFile, stateFolder }: AdminSigning
): Promise<SignedLog> {
  const origin = await originOf(connection)
  const tiles = new StoredTiles()
  return {
    ...{ origin, tiles, keyFile, stateFolder },
    schema: connection.schema,
    writer: new Writer(origin, tiles),
    signer() {
      if (signer) return signer
      throw new AuditError('bad_key', 'there is no key to sign the log with; give signer')
    },
    // The log says so itself.
    failed: () => undefined
  }
}

/** Looks at a log before it is signed: whether it continues what was kept of it, and has this key. Resolves to the size. */
async function checkSigned(log: SignedLog, connection: Connection, size: number): Promise<number> {
  const { origin, tiles, writer } = log
  const known = await newestKey(connection)
  isKeyToRecord(known, log.signer(known).key, origin)
  const heads = readKeptHeads(headPathsOf(log, known))
  const head = await writer.head(connection, size)
  await tiles.reading(connection, (read) =>
    checkKeptHeads(heads, origin, head, (first, second) => proofIn(read, first, second))
  )
  return await admitKey(log, connection, await recordUnsigned(log, connection, size))
}

async function sign(log: SignedLog, connection: Connection): Promise<void> {
  const store = await LogCheckpoints.of(
    log,
    connection,
    (run) => run(connection),
    () => undefined
  )
  const problems: AuditError[] = []
  const checkpointer = new Checkpointer(
    store,
    () => log.signer(store.newestKey()),
    checkSchedule(),
    {
      signed: () => undefined,
      failed: (problem) => problems.push(problem)
    }
  )
  await checkpointer.sign()
  if (problems[0]) throw problems[0]
  await leaveWriter(connection, COMMAND)
}
