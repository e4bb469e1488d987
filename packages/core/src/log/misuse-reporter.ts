import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { subjectOf } from '../record/annotation.ts'
import { isLeftOut } from '../record/fields/unknown-members.ts'
import type { Alteration } from '../record/record.ts'
import type { Report } from '../runtime/reporter.ts'

/** How many mistakes are remembered, so that each is reported once. */
const MOST_TOLD = 1_000

const CLOSED = 'the audit log is closed, so this call is not recorded; close it after the last call'

/**
 * Reports what an application passes by mistake where throwing would harm it: the call is made all
 * the same, and each mistake is reported once.
 */
export class MisuseReporter {
  readonly #report: Report
  readonly #told = new Set<string>()

  constructor(report: Report) {
    this.#report = report
  }

  /** Reports a mistake as `bad_option`, unless that was done before. */
  readonly tell = (message: string): void => {
    if (this.#told.has(message) || this.#told.size >= MOST_TOLD) return
    this.#told.add(message)
    this.#report(new AuditError('bad_option', message))
  }

  /** Reports a call that came after the log closed: each, since each lacks a record. */
  reportClosed(): void {
    this.#report(new AuditError('closed', CLOSED))
  }

  /** Reports members of a request or an answer that its record leaves out. */
  reportOmitted(marks: readonly Alteration[]): void {
    for (const mark of marks) {
      const { pointer, reason } = mark
      if (isLeftOut(mark)) this.tell(`a call is recorded without ${pointer.slice(1)}: ${reason}`)
    }
  }

  /** The auditId of what is annotated; `undefined` where there is none, or nothing is said of it. */
  subjectOf(about: unknown, annotation: unknown): string | undefined {
    // A call that is not recorded has an empty id, and nothing is to be said of it.
    if (isObject(about) && about.auditId === '') return undefined
    const subject = isObject(annotation) ? subjectOf(about) : undefined
    if (subject === undefined) {
      this.tell('annotate takes an auditId and an object; nothing was added')
    }
    return subject
  }
}
