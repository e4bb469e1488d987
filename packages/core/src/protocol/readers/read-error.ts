import { isObject } from '../../base/json.ts'
import { stringify } from '../../base/json-text.ts'
import type { CallResponse } from '../../record/call-facts.ts'

/**
 * Reads an error that came inside an answer, in the shapes that providers share: a text, or an
 * object with some of `type`, `status`, `code`, `message`, `detail` and `error`. An object without
 * words of its own is kept as JSON. `undefined` when there is none: clients take a member that is
 * absent, false, 0 or empty for no error.
 */
export function readError(error: unknown): CallResponse['error'] | undefined {
  if (!error || (typeof error === 'object' && Object.keys(error).length === 0)) return undefined
  if (!isObject(error)) {
    return { message: typeof error === 'object' ? stringify(error) : String(error) }
  }
  const { code } = error
  const type = error.type ?? error.status
  const message = error.message ?? error.detail ?? error.error
  return {
    ...(typeof type === 'string' && { type }),
    ...(code !== undefined && code !== null && { code: String(code) }),
    message: typeof message === 'string' ? message : stringify(error)
  }
}
