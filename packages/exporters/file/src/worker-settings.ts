import type { CheckpointSchedule, WorkerKey } from '@slm-audit/core/node-journal'
import type { LogFilesSettings } from './log-files.ts'

/** What signs a log, and when. */
export interface Signing {
  readonly key: WorkerKey
  readonly schedule: CheckpointSchedule
}

/** What the worker is started with. */
export interface WorkerSettings extends Omit<LogFilesSettings, 'encrypt' | 'writer'> {
  readonly recipients: readonly string[]
  readonly identities: readonly string[]
  /** Absent where sealed records are copied, which somebody else signs. */
  readonly signing?: Signing
  /** One 32-bit number: appends and checkpoints done, which `drainSync` waits for. */
  readonly done: SharedArrayBuffer
}
