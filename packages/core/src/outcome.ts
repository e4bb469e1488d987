import { isObject } from './json.ts'
import type { EndedBy, Outcome } from './record.ts'

const CAUSES = 8

/**
 * Reads what an error says of itself: type, code, HTTP status and the types of its causes. Its
 * message is not among them, because it may quote the prompt; it is kept as a content.
 */
export function outcomeOfError(error: unknown): Outcome {
  const causes: string[] = []
  let cause = isObject(error) ? error.cause : undefined
  while (cause !== undefined && cause !== null && causes.length < CAUSES) {
    const code = codeOf(cause)
    causes.push(code === undefined ? typeOf(cause) : `${typeOf(cause)} ${code}`)
    cause = isObject(cause) ? cause.cause : undefined
  }
  const code = codeOf(error)
  const status = isObject(error) ? error.status : undefined
  return {
    type: typeOf(error),
    ...(code !== undefined && { code }),
    ...(typeof status === 'number' && Number.isInteger(status) && status > 0 && { status }),
    ...(causes.length > 0 && { causes })
  }
}

/** Who aborted: a signal whose reason is a TimeoutError is a timeout, any other a signal. */
export function endedBySignal(signal: AbortSignal): EndedBy {
  return typeOf(signal.reason) === 'TimeoutError' ? 'timeout' : 'signal'
}

/** Who aborted, where an error is what an abort throws; `undefined` for all others. */
export function endedByError(error: unknown): EndedBy | undefined {
  const type = typeOf(error)
  if (type === 'TimeoutError') return 'timeout'
  return type === 'AbortError' ? 'signal' : undefined
}

function typeOf(error: unknown): string {
  if (!isObject(error)) return typeof error
  const name = error.name
  if (typeof name === 'string' && name !== '' && name !== 'Error') return clip(name)
  return clip(error.constructor?.name ?? 'Error')
}

function codeOf(error: unknown): string | undefined {
  const code = isObject(error) ? error.code : undefined
  return typeof code === 'string' || typeof code === 'number' ? clip(String(code)) : undefined
}

function clip(text: string): string {
  return text.slice(0, 200).toWellFormed()
}
