import { isObject } from '../base/json.ts'
import { member } from '../record/header.ts'
import { anything, fitted, map, type Shape, text } from '../record/header-shape.ts'
import type { Alteration, AuditContext } from '../record/record.ts'

type Names = 'user' | 'session' | 'conversation' | 'tenant' | 'tags'

const CONTEXT: Shape<Record<Names, unknown>> = {
  user: text,
  session: text,
  conversation: text,
  tenant: text,
  tags: map
}

/**
 * What was given to `withContext`, as the header takes it: names as text, anything else as JSON.
 * Never throws; `mistaken` hears of what has to be left out.
 */
export function contextFrom(given: unknown, mistaken: (message: string) => void): AuditContext {
  if (!isObject(given)) {
    mistaken('withContext needs an object such as { user, session, tags }; the code runs without')
    return {}
  }
  const marks: Alteration[] = []
  const context = fitted<object>(CONTEXT, member(given).value, '', marks, anything)
  for (const { pointer, what, reason } of marks) {
    if (what !== 'unread') continue
    mistaken(`withContext leaves out ${pointer.slice(1)}, which cannot be of the kind ${reason}`)
  }
  return context as AuditContext
}
