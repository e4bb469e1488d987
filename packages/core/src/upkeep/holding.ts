import { refuseUnknown } from '../base/check-options.ts'
import { AuditError } from '../base/error.ts'
import type { HoldNote } from '../record/hold-record.ts'
import { checkScope } from '../record/record-scope.ts'
import { type AdminSigning, SIGNING_OPTIONS } from './signing.ts'

/** What is held, for which incident, and why. */
export interface HoldOptions extends Omit<HoldNote, 'by'>, AdminSigning {
  /** Who asks for it; the name of the operating system's user unless given. */
  readonly by?: string
}

/** Which incident is over, and why. */
export interface ReleaseOptions extends Omit<HoldNote, 'by' | 'scope' | 'scopeName'>, AdminSigning {
  /** Who says so; the name of the operating system's user unless given. */
  readonly by?: string
}

const NOTE = ['incident', 'reason', 'by']

/** Letters, digits and a few signs: it stands in a header, and people type it. */
const INCIDENT = /^[\p{L}\p{N}][\p{L}\p{N}_.:/#-]{0,99}$/u

/** Throws AuditError `bad_option` for an empty scope, or an incident or a reason that is missing. */
export function checkHold(options: HoldOptions): void {
  refuseUnknown('addHold', options, [...NOTE, 'scope', 'scopeName', ...SIGNING_OPTIONS])
  checkNote(options)
  checkScope(options.scope, 'a hold')
}

/** Throws AuditError `bad_option` for an incident or a reason that is missing. */
export function checkRelease(options: ReleaseOptions): void {
  refuseUnknown('releaseHold', options, [...NOTE, ...SIGNING_OPTIONS])
  checkNote(options)
}

function checkNote({ incident, reason }: Pick<HoldNote, 'incident' | 'reason'>): void {
  if (typeof incident !== 'string' || !INCIDENT.test(incident)) {
    const message = 'incident must be a short name without spaces, such as INC-7'
    throw new AuditError('bad_option', message)
  }
  if (typeof reason === 'string' && reason.trim() !== '') return
  throw new AuditError('bad_option', 'a hold needs a reason; it is kept with the record of it')
}
