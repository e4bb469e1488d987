import type { AdminSigning, Hold, LogAdmin } from '@slm-audit/core/journal'
import type { RotationReport } from '@slm-audit/core/subjects'
import { annotateCalls } from './annotate.ts'
import { eraseContents } from './erase.ts'
import { addHold, listHolds, releaseHold } from './hold.ts'
import { redactContents } from './redact.ts'
import { applyRetention, planRetention } from './retention.ts'
import { type FileRotationOptions, rotateContentsKeys } from './rotate-contents.ts'
import type { AdminKeys } from './upkeep/administer.ts'

/** Looks after a log in files: erases, redacts, retains, holds and annotates. */
export interface FileAdmin extends LogAdmin {
  /** Wraps the data keys of its contents with the wrapping key that is in use (`rotateContentsKeys`). */
  rotate(options: Pick<FileRotationOptions, 'keys' | 'by'>): Promise<RotationReport>
  /** The holds that are in force (`listHolds`). */
  holds(): Promise<readonly Hold[]>
}

/**
 * An admin of a log in files; `signing` signs what it adds to the log, and has the keys of one that is encrypted. Opens
 * nothing until it is asked to.
 */
export function openAdmin(directory: string, signing: AdminSigning & AdminKeys = {}): FileAdmin {
  return {
    erase: (options) => eraseContents(directory, { ...options, ...signing }),
    redact: (options) => redactContents(directory, { ...options, ...signing }),
    hold: (options) => addHold(directory, { ...options, ...signing }),
    release: (options) => releaseHold(directory, { ...options, ...signing }),
    rotate: (options) => rotateContentsKeys(directory, { ...options, ...signing }),
    holds: () => listHolds(directory, signing),
    annotate: (options) => annotateCalls(directory, { ...options, ...signing }),
    retain: (options) => applyRetention(directory, { ...options, ...signing }),
    plan: (options) => planRetention(directory, { ...options, ...signing })
  }
}
