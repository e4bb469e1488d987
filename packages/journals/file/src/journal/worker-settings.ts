import type { CheckpointSchedule, ServedSettings, WorkerKey } from '@slm-audit/core/node'
import type { ContentsInThread } from '@slm-audit/core/subjects'
import type { LogFilesSettings } from './log-files-settings.ts'

/** What a journal needs beyond a copy: its name among the writers, what signs the log, and when. */
export interface Signing {
  /** Lower-case hex; the same where the worker is started again. */
  readonly writer: string
  readonly key: WorkerKey
  readonly schedule: CheckpointSchedule
  readonly stateFolder: boolean
}

/** What the worker is started with. */
export interface WorkerSettings
  extends Omit<LogFilesSettings, 'encrypt' | 'writer'>,
    ServedSettings {
  readonly recipients: readonly string[]
  readonly identities: readonly string[]
  /** How contents are encrypted by data subject; they are not unless given. */
  readonly contents?: ContentsInThread
  /** Whether the log records from now on who reads it. */
  readonly readAudit?: boolean
  /** Milliseconds between two runs of retention; none unless given. */
  readonly retentionMs?: number
  /** Absent where sealed records are copied, which somebody else signs. */
  readonly signing?: Signing
}
