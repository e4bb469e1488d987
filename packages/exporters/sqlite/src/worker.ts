import { randomUUID } from 'node:crypto'
import { existsSync, renameSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { AuditError, messageOf } from '@slm-audit/core'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  consistencyProof,
  formatVerifierKey,
  hashReader,
  parseVerifierKey,
  type Signer
} from '@slm-audit/core/tlog'
import type { Database } from 'better-sqlite3'
import { BackgroundIndex } from './background-index.ts'
import { Checkpointer, type CheckpointSchedule } from './checkpointer.ts'
import { admitKey, newestKey, openKey, type WorkerKey } from './key-source.ts'
import { type Durability, openForWriting } from './open-database.ts'
import { abandonCallsOfDeadWriters, checkTail } from './recover.ts'
import { nextKeyFile } from './rotate-key.ts'
import { type Packed, unpackRows } from './row-codec.ts'
import { originOf } from './schema.ts'
import { TextIndex } from './text-index.ts'
import { tileReader } from './tree.ts'
import { Writer } from './writer.ts'
import { takeWriterLock, type WriterLock } from './writer-lock.ts'

/** What the worker is started with. */
export interface WorkerSettings {
  readonly file: string
  readonly durability: Durability
  readonly origin: string
  readonly key: WorkerKey
  readonly schedule: CheckpointSchedule
  /** One 32-bit number: appends and checkpoints done, which `drainSync` waits for. */
  readonly done: SharedArrayBuffer
}

/** What the worker is told. */
export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'append'; readonly rows: Packed }
  | { readonly kind: 'checkpoint' | 'size' | 'close' }
  | { readonly kind: 'consistency'; readonly first: number; readonly second: number }
  | { readonly kind: 'cosigned'; readonly size: number; readonly lines: readonly string[] }
  | { readonly kind: 'signature'; readonly signature?: Uint8Array; readonly problem?: string }
)

/** What a request may be answered with. */
export type WorkerValue = number | string | readonly Uint8Array[]

/** What the worker says: an answer to each request once (`ready` has id 0), and news. */
export type WorkerMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly value?: WorkerValue }
  | {
      readonly kind: 'refusal'
      readonly id: number
      readonly code: string
      readonly message: string
    }
  | { readonly kind: 'checkpoint'; readonly note: string }
  | { readonly kind: 'problem'; readonly code: string; readonly message: string }
  | { readonly kind: 'sign'; readonly id: number; readonly message: Uint8Array }

const post = (message: WorkerMessage): void => parentPort?.postMessage(message)

class JournalWorker {
  readonly #database: Database
  readonly #writer: Writer
  readonly #lock: WriterLock
  readonly #index: BackgroundIndex
  readonly #checkpointer: Checkpointer
  readonly #done: Int32Array
  readonly #signatures = new Map<number, PromiseWithResolvers<Uint8Array>>()
  #lastSignature = 0

  constructor({ file, durability, origin, key, schedule, done }: WorkerSettings) {
    this.#done = new Int32Array(done)
    this.#database = openForWriting(file, durability, origin)
    const writerId = randomUUID()
    this.#lock = takeWriterLock(file, writerId)
    this.#writer = new Writer(this.#database, writerId)
    try {
      checkTail(this.#database, file, this.#writer)
      this.#checkpointer = this.#newCheckpointer(key, schedule)
      admitKey(this.#database, this.#writer, this.#checkpointer.signer, this.origin)
      abandonCallsOfDeadWriters(this.#database, file, this.#writer, writerId)
    } catch (error) {
      this.#database.close()
      this.#lock.release()
      throw error
    }
    this.#index = new BackgroundIndex(new TextIndex(this.#database))
    this.#index.soon()
    this.#checkpointer.appended()
  }

  #newCheckpointer(key: WorkerKey, schedule: CheckpointSchedule): Checkpointer {
    const { origin } = this
    const openSigner = () => this.#openSigner(key, origin)
    return new Checkpointer(this.#database, this.#writer, origin, openSigner, schedule, {
      signed: (note) => post({ kind: 'checkpoint', note }),
      failed: ({ code, message }) => post({ kind: 'problem', code, message })
    })
  }

  get origin(): string {
    return originOf(this.#database)
  }

  async answer(request: WorkerRequest): Promise<void> {
    const { id, kind } = request
    try {
      const value = await this.#handle(request)
      post({ kind: 'answer', id, ...(value !== undefined && { value }) })
    } catch (error) {
      refuse(id, error)
    }
    if (kind === 'append' || kind === 'checkpoint') {
      Atomics.add(this.#done, 0, 1)
      Atomics.notify(this.#done, 0)
    }
    if (kind === 'close') parentPort?.close()
  }

  #handle(request: WorkerRequest): Promise<undefined> | WorkerValue | undefined {
    switch (request.kind) {
      case 'append':
        this.#writer.append(unpackRows(request.rows))
        this.#checkpointer.appended()
        this.#index.soon()
        return undefined
      case 'checkpoint':
        return this.#checkpointer.sign().then(() => undefined)
      case 'size':
        return this.#writer.size()
      case 'consistency': {
        const read = hashReader(tileReader(this.#database), nodeSha256)
        return consistencyProof(request.first, request.second, read, nodeSha256)
      }
      case 'cosigned':
        this.#keepCosignatures(request.size, request.lines)
        return undefined
      case 'signature':
        this.#takeSignature(request)
        return undefined
      case 'close':
        this.#close()
        return undefined
    }
  }

  #close(): void {
    this.#checkpointer.stop()
    this.#index.finish()
    this.#database.pragma('wal_checkpoint(TRUNCATE)')
    this.#database.close()
    this.#lock.release()
  }

  #keepCosignatures(size: number, lines: readonly string[]): void {
    const insert = this.#database.prepare('INSERT OR IGNORE INTO cosignatures VALUES (?, ?)')
    for (const line of lines) insert.run(size, line)
  }

  #openSigner(source: WorkerKey, origin: string): Signer {
    if (source.kind === 'remote') {
      return {
        key: parseVerifierKey(source.key),
        sign: (message) => this.#askForSignature(message)
      }
    }
    const signer = openKey(source, origin)
    if (source.kind !== 'file') return signer
    const next = nextKeyFile(source.path)
    const isCurrent = newestKey(this.#database) === formatVerifierKey(signer.key)
    if (isCurrent || !existsSync(next)) return signer
    // A change of keys was interrupted after it had been recorded.
    const changed = openKey({ kind: 'file', path: next }, origin)
    if (newestKey(this.#database) !== formatVerifierKey(changed.key)) return signer
    renameSync(next, source.path)
    return changed
  }

  #askForSignature(message: Uint8Array): Promise<Uint8Array> {
    const waiting = Promise.withResolvers<Uint8Array>()
    const id = ++this.#lastSignature
    this.#signatures.set(id, waiting)
    post({ kind: 'sign', id, message })
    return waiting.promise
  }

  #takeSignature({ id, signature, problem }: WorkerRequest & { kind: 'signature' }): void {
    const waiting = this.#signatures.get(id)
    this.#signatures.delete(id)
    if (signature) waiting?.resolve(signature)
    else waiting?.reject(new AuditError('bad_key', `the signer failed: ${problem}`))
  }
}

function refuse(id: number, error: unknown): void {
  const code = AuditError.is(error) ? error.code : 'journal_failed'
  post({ kind: 'refusal', id, code, message: messageOf(error) })
}

try {
  const worker = new JournalWorker(workerData as WorkerSettings)
  parentPort?.on('message', (request: WorkerRequest) => void worker.answer(request))
  post({ kind: 'answer', id: 0, value: worker.origin })
} catch (error) {
  refuse(0, error)
}
