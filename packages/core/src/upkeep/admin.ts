import type { AnnotateOptions, AnnotateReport } from './annotating.ts'
import type { EraseOptions, EraseReport } from './erasure.ts'
import type { HoldOptions, ReleaseOptions } from './holding.ts'
import type { RedactOptions, RedactReport } from './redacting.ts'
import type { RetentionOptions, RetentionReport } from './retaining.ts'
import type { AdminSigning } from './signing.ts'

/**
 * Looks after a log, whatever keeps it: erases, redacts, holds, annotates and retains. It reads no contents and records no calls, as a reader and an
 * audit log can do nothing of this. Methods reject as the functions of the store do.
 */
export interface LogAdmin {
  /** Erases contents for good (`eraseContents`). */
  erase(options: Omit<EraseOptions, keyof AdminSigning>): Promise<EraseReport>
  /** Redacts contents that are stored already, by a rule that came too late (`redactContents`). */
  redact(options: Omit<RedactOptions, keyof AdminSigning>): Promise<RedactReport>
  /** Keeps records from retention and erasure (`addHold`). */
  hold(options: Omit<HoldOptions, keyof AdminSigning>): Promise<void>
  /** Ends the holds of an incident (`releaseHold`). */
  release(options: Omit<ReleaseOptions, keyof AdminSigning>): Promise<number>
  /** Says something of calls (`annotateCalls`). */
  annotate(options: Omit<AnnotateOptions, keyof AdminSigning>): Promise<AnnotateReport>
  /** Takes out what has come to the end of its time (`applyRetention`). */
  retain(options?: Omit<RetentionOptions, keyof AdminSigning>): Promise<RetentionReport>
  /** Says what retention would take out, and changes nothing (`planRetention`). */
  plan(options?: Omit<RetentionOptions, keyof AdminSigning>): Promise<RetentionReport>
}
