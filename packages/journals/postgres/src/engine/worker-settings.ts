import type {
  CheckpointSchedule,
  Durability,
  ServedSettings,
  WorkerKey
} from '@slm-audit/core/node'
import type { ContentsInThread } from '@slm-audit/core/subjects'
import type { Place } from '../connection/connection-options.ts'

/** What the worker is started with. */
export interface WorkerSettings extends ServedSettings {
  readonly place: Place
  /** Names the journal among the writers of the log, also where its worker is started again. */
  readonly writerId: string
  readonly durability: Durability
  readonly origin: string
  readonly key: WorkerKey
  readonly schedule: CheckpointSchedule
  readonly stateFolder: boolean
  /** Whether the log records from now on who reads it. */
  readonly readAudit: boolean
  /** How contents are encrypted; they are plain without it. */
  readonly contents?: ContentsInThread | undefined
  /** The time between two runs of retention in milliseconds; none are begun without it. */
  readonly retentionMs: number | undefined
}
