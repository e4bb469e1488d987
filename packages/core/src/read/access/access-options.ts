import { refuseUnknown } from '../../base/check-options.ts'
import { AuditError } from '../../base/error.ts'
import type { AccessNote, ContentsView } from '../../record/access-record.ts'
import { type AccessRoles, roleOf } from './roles.ts'

/** Who reads a log, why, and how much of the contents they ask for. */
export interface AccessOptions {
  /** Who reads; the name of the operating system's user unless given. */
  readonly by?: string
  /** Why; needed where a role says so, and to break the glass. */
  readonly reason?: string
  /** How much of the contents is wanted: as much as the role allows unless given. */
  readonly contents?: ContentsView
  /** Gives whole contents whatever the role says, for so many minutes, 480 at most. It needs a reason, and is marked. */
  readonly breakGlass?: { readonly minutes: number }
}

/** An access as it was decided about. */
export interface Access {
  /** Who reads. */
  readonly by: string
  /** The operating system's user, where another name was given. */
  readonly user?: string
  /** Why, where it was said. */
  readonly reason?: string
  /** How much of the contents they are given. */
  readonly contents: ContentsView
  /** Until when the glass is broken, Unix time in milliseconds; absent where it is whole. */
  readonly until?: number
}

const VIEWS: readonly ContentsView[] = ['none', 'masked', 'whole']
const MOST_MINUTES = 480
const MINUTE_MS = 60_000

/**
 * Decides what a reader is given. Throws AuditError `bad_option` for options that are none, and `denied` for a person
 * without a role, a reason that is missing, and more than the role allows.
 *
 * @param user The operating system's user.
 * @param roles Those of the log, where it has any.
 */
export function decideAccess(
  options: AccessOptions,
  user: string,
  roles?: AccessRoles,
  now = Date.now()
): Access {
  refuseUnknown('access', options, ['by', 'reason', 'contents', 'breakGlass'])
  const { by = user, reason: said, contents, breakGlass } = options
  const reason = said?.trim() || undefined
  if (contents !== undefined && !VIEWS.includes(contents)) {
    throw new AuditError('bad_option', `contents must be one of ${VIEWS.join(', ')}`)
  }
  const who = { by, ...(by !== user && { user }), ...(reason !== undefined && { reason }) }
  const role = roleOf(roles, who)
  if (breakGlass) {
    if (role.mayBreakGlass === false) throw denied(`the role of ${by} may not break the glass`)
    return { ...who, contents: contents ?? 'whole', until: now + glassMs(breakGlass, reason) }
  }
  if (role.needsReason && reason === undefined) {
    throw denied(`the role of ${by} needs a reason to read; give one (--reason)`)
  }
  const most = role.contents
  if (contents !== undefined && VIEWS.indexOf(contents) > VIEWS.indexOf(most)) {
    throw denied(`the role of ${by} is given contents ${most}, not ${contents}`)
  }
  return { ...who, contents: contents ?? most }
}

function glassMs({ minutes }: { readonly minutes: number }, reason: string | undefined): number {
  if (!(minutes > 0 && minutes <= MOST_MINUTES)) {
    throw new AuditError(
      'bad_option',
      `breakGlass.minutes must be more than 0, and ${MOST_MINUTES} at most`
    )
  }
  if (reason === undefined) throw denied('breaking the glass needs a reason; give one (--reason)')
  return minutes * MINUTE_MS
}

/** What the record of an access says: who has it, as it was decided, and what they do. */
export function accessNote(
  { by, user, reason, contents, until }: Access,
  said: Pick<AccessNote, 'action' | 'what' | 'calls' | 'records'>
): AccessNote {
  return {
    ...said,
    by,
    contents,
    ...(user !== undefined && { user }),
    ...(reason !== undefined && { reason }),
    ...(until !== undefined && { breakGlassUntil: new Date(until).toISOString() })
  }
}

/**
 * What the record says of an access to sealed records: whole ones, or those with the contents of what the log says of itself only,
 * which every reader may be given. Throws AuditError `denied` to whoever may not be given them.
 */
export function sealedNote(
  access: Access,
  said: Pick<AccessNote, 'what' | 'records'>,
  ownWordsOnly: boolean
): AccessNote {
  if (!ownWordsOnly && access.contents !== 'whole') {
    throw denied(
      `sealed records hold whole contents, and ${access.by} is given contents ${access.contents}; leave contents out, or choose another format`
    )
  }
  const given = ownWordsOnly ? { ...access, contents: 'none' as const } : access
  return accessNote(given, { action: 'export', ...said })
}

/** AuditError `denied`, about reading. */
export function denied(why: string): AuditError {
  return new AuditError('denied', why)
}
