import { isObject } from '../base/json.ts'
import { isName } from './fields/names.ts'
import type { EndedBy, Outcome } from './record.ts'

const CAUSES = 8

/**
 * Reads what an error says of itself: type, code, HTTP status and the types of its causes. Its
 * message is not among them, because it may quote the prompt; it is kept as a content.
 */
export function outcomeOfError(error: unknown): Outcome {
  const causes: string[] = []
  let cause = memberOf(error, 'cause')
  while (cause !== undefined && cause !== null && causes.length < CAUSES) {
    const code = codeOf(cause)
    causes.push(
      code === undefined || !isName(code) ? typeOfError(cause) : `${typeOfError(cause)} ${code}`
    )
    cause = memberOf(cause, 'cause')
  }
  const code = codeOf(error)
  const status = memberOf(error, 'status')
  return {
    type: typeOfError(error),
    ...(code !== undefined && { code }),
    ...(typeof status === 'number' && Number.isInteger(status) && status > 0 && { status }),
    ...(causes.length > 0 && { causes })
  }
}

/** Who aborted: a signal whose reason is a TimeoutError is a timeout, any other a signal. */
export function endedBySignal(signal: AbortSignal): EndedBy {
  return typeOfError(signal.reason) === 'TimeoutError' ? 'timeout' : 'signal'
}

/** Who aborted, where an error is what an abort throws; `undefined` for all others. */
export function endedByError(error: unknown): EndedBy | undefined {
  const type = typeOfError(error)
  if (type === 'TimeoutError') return 'timeout'
  return type === 'AbortError' ? 'signal' : undefined
}

/**
 * The name of an error or of its class: what may be said of it where its message may not, because
 * that may quote a content. Never throws.
 */
export function typeOfError(error: unknown): string {
  if (!isObject(error)) return typeof error
  const name = memberOf(error, 'name')
  if (typeof name === 'string' && isName(name) && name !== 'Error') return name
  const ofClass = memberOf(memberOf(error, 'constructor'), 'name')
  const type = memberOf(error, 'type')
  // An object of no class may say what it is.
  if (ofClass === 'Object' && typeof type === 'string' && isName(type)) return type
  return typeof ofClass === 'string' && isName(ofClass) ? ofClass : 'Error'
}

/** A word for the header, in at most 200 UTF-16 code units. */
export function clip(text: string): string {
  return text.slice(0, 200).toWellFormed()
}

function codeOf(error: unknown): string | undefined {
  const code = memberOf(error, 'code')
  return typeof code === 'string' || typeof code === 'number' ? clip(String(code)) : undefined
}

/** A member of a thrown value, which may be anything; `undefined` where it cannot be read. */
function memberOf(value: unknown, name: string): unknown {
  try {
    return value === undefined || value === null ? undefined : Reflect.get(Object(value), name)
  } catch {
    // A getter or a proxy that throws.
    return undefined
  }
}
