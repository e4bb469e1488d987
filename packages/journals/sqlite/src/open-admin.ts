import type { AdminSigning, Hold, LogAdmin } from '@slm-audit/core/journal'
import type { RotationReport } from '@slm-audit/core/subjects'
import { annotateCalls } from './annotate.ts'
import { eraseContents } from './erase.ts'
import { addHold, listHolds, releaseHold } from './hold.ts'
import { redactContents } from './redact.ts'
import { applyRetention, planRetention } from './retention.ts'
import { type RotationOptions, rotateContentsKeys } from './rotate-contents.ts'

/** Looks after a log in a database: erases, redacts, retains, holds and rotates keys. */
export interface Admin extends LogAdmin {
  /** The holds that are in force (`listHolds`). */
  holds(): readonly Hold[]
  /** Wraps the data keys of contents with another key (`rotateContentsKeys`). */
  rotate(options: Omit<RotationOptions, keyof AdminSigning>): Promise<RotationReport>
}

/** An admin of a log; `signing` signs what it adds to the log. Opens nothing until it is asked to. */
export function openAdmin(file: string, signing: AdminSigning = {}): Admin {
  return {
    erase: (options) => eraseContents(file, { ...options, ...signing }),
    redact: (options) => redactContents(file, { ...options, ...signing }),
    hold: (options) => addHold(file, { ...options, ...signing }),
    release: (options) => releaseHold(file, { ...options, ...signing }),
    holds: () => listHolds(file),
    annotate: (options) => annotateCalls(file, { ...options, ...signing }),
    retain: (options) => applyRetention(file, { ...options, ...signing }),
    plan: (options) => planRetention(file, options),
    rotate: (options) => rotateContentsKeys(file, { ...options, ...signing })
  }
}
