import { randomUUID } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { AuditError, messageOf } from '@slm-audit/core'
import { type Durability, openForWriting } from './open-database.ts'
import { abandonCallsOfDeadWriters } from './recover.ts'
import { type Packed, unpackRows } from './row-codec.ts'
import { originOf } from './schema.ts'
import { TextIndex } from './text-index.ts'
import { Writer } from './writer.ts'
import { takeWriterLock } from './writer-lock.ts'

/** What the worker is started with. */
export interface WorkerSettings {
  readonly file: string
  readonly durability: Durability
  readonly origin: string
  /** One 32-bit number: batches done, which `drainSync` waits for. */
  readonly done: SharedArrayBuffer
}

/** What the worker is told. */
export type WorkerRequest =
  | { readonly kind: 'append'; readonly id: number; readonly rows: Packed }
  | { readonly kind: 'size'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number }

/** What it answers, to each request once; `ready` has id 0. */
export interface WorkerAnswer {
  readonly id: number
  readonly value?: number | string
  readonly error?: { readonly code: string; readonly message: string }
}

/** How long no batch came before the text index goes on; it never waits longer than the second. */
const IDLE_MS = 50
const LONGEST_MS = 2_000

function main(settings: WorkerSettings): void {
  const done = new Int32Array(settings.done)
  const answer = (message: WorkerAnswer) => parentPort?.postMessage(message)
  const attempt = (id: number, run: () => number | string | undefined): void => {
    try {
      const value = run()
      answer(value === undefined ? { id } : { id, value })
    } catch (error) {
      const code = AuditError.is(error) ? error.code : 'journal_failed'
      answer({ id, error: { code, message: messageOf(error) } })
    }
  }
  attempt(0, () => {
    const { file, durability, origin } = settings
    const database = openForWriting(file, durability, origin)
    const writerId = randomUUID()
    const lock = takeWriterLock(file, writerId)
    const writer = new Writer(database, writerId)
    abandonCallsOfDeadWriters(database, file, writer, writerId)
    const index = newBackgroundIndex(new TextIndex(database))
    parentPort?.on('message', (request: WorkerRequest) => {
      if (request.kind === 'append') {
        attempt(request.id, () => writer.append(unpackRows(request.rows)) as undefined)
        Atomics.add(done, 0, 1)
        Atomics.notify(done, 0)
        index.soon()
      } else if (request.kind === 'size') attempt(request.id, () => writer.size())
      else {
        attempt(request.id, () => {
          index.finish()
          database.pragma('wal_checkpoint(TRUNCATE)')
          database.close()
          lock.release()
          return undefined
        })
        parentPort?.close()
      }
    })
    index.soon()
    return originOf(database)
  })
}

/** Builds the text index while no batch waits; a failure is tried again with the next batch. */
function newBackgroundIndex(index: TextIndex) {
  let timer: NodeJS.Timeout | undefined
  let waitsSince: number | undefined
  const advance = (): boolean => {
    try {
      return index.advance()
    } catch {
      // The index is a convenience: readers look through what it lacks.
      return false
    }
  }
  const step = (): void => {
    waitsSince = undefined
    if (advance()) timer = setTimeout(step, 0)
  }
  return {
    soon() {
      const now = performance.now()
      waitsSince ??= now
      if (now - waitsSince > LONGEST_MS) return
      clearTimeout(timer)
      timer = setTimeout(step, IDLE_MS)
    },
    finish() {
      clearTimeout(timer)
      while (advance());
    }
  }
}

main(workerData as WorkerSettings)
