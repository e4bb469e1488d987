import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import { parsePolicy } from '../policy/policy.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import type { RedactStep } from '../protect/redactor.ts'
import { checkScope, type RecordScope } from '../record/record-scope.ts'
import type { HeldBack } from './erasure.ts'
import { type AdminSigning, SIGNING_OPTIONS } from './signing.ts'

/** What is looked for in stored contents, and what becomes of it: as a policy and a rule of it say. */
export type RedactionRule = Pick<PolicyDocument, 'detectors'> &
  Pick<PolicyDocument['rules'][number], 'redact'>

/** What is looked for in stored contents, who wants it, and why. */
export interface RedactOptions extends AdminSigning {
  /** What is looked for, and what becomes of it: as a policy and a rule of it say. */
  readonly rule: RedactionRule
  /** Whose contents; those of all calls unless given. */
  readonly scope?: RecordScope
  /** Why; kept as a content of the record that says so. */
  readonly reason: string
  /** Who; the name of the operating system's user unless given. */
  readonly by?: string
  /** Says what would be redacted, and changes nothing. */
  readonly dryRun?: boolean
  /** Hears of records that are done. */
  readonly onProgress?: (done: number, of: number) => void
}

/** What was redacted. */
export interface Redacted extends HeldBack {
  /** Calls, and annotations, in which something was found. */
  readonly calls: number
  /** Contents and parts of contents that are gone, and have another form now. */
  readonly contents: number
  /** Whether nothing of it is left in the write-ahead log; false where somebody who reads, or a server, holds it back. */
  readonly isLogEmpty: boolean
  /**
   * What others have to do until no file of the store holds what is gone any more, a sentence each; absent where the store
   * does all of it.
   */
  readonly leftToDo?: readonly string[]
}

/** What was redacted, with what may hold more. */
export interface RedactReport extends Redacted {
  /** Spools of processes that were killed which could not be taken into the log: they may hold more. */
  readonly spoolsLeft: number
}

const OPTIONS = ['rule', 'scope', 'reason', 'by', 'dryRun', 'onProgress', ...SIGNING_OPTIONS]

/** Throws AuditError `bad_option` for what is no redaction, and `bad_policy` for a rule that is none. */
export function checkRedaction(options: RedactOptions): void {
  refuseUnknown('redactContents', options, OPTIONS)
  if (options.scope !== undefined) checkScope(options.scope, 'a redaction')
  if (!options.rule?.redact?.length) {
    const form = '{ redact: [{ detectors: secrets, operator: remove }] }'
    throw new AuditError('bad_option', `a redaction needs a rule, such as ${form}`)
  }
  redactionSteps(options.rule)
  if (typeof options.reason === 'string' && options.reason.trim() !== '') return
  throw new AuditError('bad_option', 'a redaction needs a reason; it is kept with the record of it')
}

/** What a rule looks for, in order. Throws AuditError `bad_policy` for a rule that is none. */
export function redactionSteps({ detectors, redact }: RedactionRule): readonly RedactStep[] {
  const rules = [{ level: 'RequestResponse' as const, ...(redact && { redact }) }]
  const policy = parsePolicy({ ...(detectors && { detectors }), rules })
  return policy.outcomes.flatMap((outcome) => outcome.redact)
}

/** What is encrypted is not looked through: nothing of it must be taken for clean. `where` is the log. */
export function noRedactionOfEncrypted(where: string): AuditError {
  const message = `the contents of ${where} are encrypted by data subject, and a rule cannot look through them later; erase what should not be there: slm-audit erase`
  return new AuditError('bad_option', message)
}
