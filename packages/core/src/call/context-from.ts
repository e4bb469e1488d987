import { nearestName } from '../base/check-options.ts'
import { isObject } from '../base/json.ts'
import { CONTEXT_FIELDS } from '../record/fields/call-fields.ts'
import { fittedValue } from '../record/fields/coerce.ts'
import { member } from '../record/header.ts'
import type { Alteration, AuditContext } from '../record/record.ts'

const KNOWN = Object.keys(CONTEXT_FIELDS)

function unknownMember(name: string): string {
  const near = nearestName(name, KNOWN)
  const hint = near ? `did you mean ${near}?` : `it takes ${KNOWN.join(', ')}.`
  return `withContext has no member ${name.slice(0, 64)}; ${hint} What is yours alone belongs in tags`
}

/**
 * What was given to `withContext`, as the header takes it: names as text, anything else as JSON;
 * what is not a member of a context of ours later becomes the content `header.context`.
 * Never throws; `mistaken` hears of what has to be left out.
 */
export function contextFrom(given: unknown, mistaken: (message: string) => void): AuditContext {
  if (!isObject(given)) {
    mistaken('withContext needs an object such as { user, session, tags }; the code runs without')
    return {}
  }
  const context: { [name: string]: unknown } = { ...member(given).value }
  for (const name of Object.keys(context)) {
    if (!Object.hasOwn(CONTEXT_FIELDS, name)) mistaken(unknownMember(name))
  }
  for (const [name, field] of Object.entries(CONTEXT_FIELDS)) {
    if (context[name] === undefined) continue
    const marks: Alteration[] = []
    const { value } = fittedValue(field, context[name], `/${name}`, marks)
    if (value === undefined) delete context[name]
    else context[name] = value
    if (value !== undefined) continue
    mistaken(`withContext leaves out ${name}, which cannot be of the kind ${marks[0]?.reason}`)
  }
  return context as AuditContext
}
