import { workerData } from 'node:worker_threads'
import { parseRecord, type SealedRecord } from '@slm-audit/core/journal'
import { type EngineRequest, type JournalEngine, serveJournal } from '@slm-audit/core/node'
import { Copy } from './copy/copy.ts'

/** What the worker is started with. */
export interface CopyWorkerSettings {
  readonly file: string
  /** For `serveJournal`. */
  readonly progress: SharedArrayBuffer
}

class CopyWorker implements JournalEngine {
  readonly origin = ''
  readonly #file: string
  #copy: Copy | undefined

  constructor(file: string) {
    this.#file = file
  }

  answer(request: EngineRequest): unknown {
    if (request.kind === 'append') this.#append(request.data as readonly SealedRecord[])
    if (request.kind === 'close') this.#copy?.close()
    return undefined
  }

  #append(records: readonly SealedRecord[]): void {
    const [first] = records
    this.#copy ??= Copy.open(this.#file, first ? parseRecord(first).log.origin : '')
    this.#copy.append(records)
  }
}

const settings = workerData as CopyWorkerSettings
void serveJournal(settings, () => new CopyWorker(settings.file))
