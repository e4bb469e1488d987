import type { AdminSigning, Hold, LogAdmin } from '@slm-audit/core/journal'
import { eraseContents } from './erase.ts'
import { addHold, listHolds, releaseHold } from './hold.ts'
import type { RetentionReport } from './retain/retention-run.ts'
import { applyRetention, planRetention, type RetentionOptions } from './retention.ts'
import { type RotationOptions, type RotationReport, rotateContentsKeys } from './rotate-contents.ts'

/** Looks after a log in a database: erases, retains, holds and rotates keys. */
export interface Admin extends LogAdmin {
  /** The holds that are in force (`listHolds`). */
  holds(): readonly Hold[]
  /** Takes out what has come to the end of its time (`applyRetention`). */
  retain(options?: Omit<RetentionOptions, keyof AdminSigning>): Promise<RetentionReport>
  /** Says what retention would take out (`planRetention`). */
  plan(options?: Omit<RetentionOptions, keyof AdminSigning>): Promise<RetentionReport>
  /** Wraps the data keys of contents with another key (`rotateContentsKeys`). */
  rotate(options: Omit<RotationOptions, keyof AdminSigning>): Promise<RotationReport>
}

/** An admin of a log; `signing` signs what it adds to the log. Opens nothing until it is asked to. */
export function openAdmin(file: string, signing: AdminSigning = {}): Admin {
  return {
    erase: (options) => eraseContents(file, { ...options, ...signing }),
    hold: (options) => addHold(file, { ...options, ...signing }),
    release: (options) => releaseHold(file, { ...options, ...signing }),
    holds: () => listHolds(file),
    retain: (options) => applyRetention(file, { ...options, ...signing }),
    plan: (options) => planRetention(file, options),
    rotate: (options) => rotateContentsKeys(file, { ...options, ...signing })
  }
}
