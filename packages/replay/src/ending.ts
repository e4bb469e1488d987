import type { AuditedCall } from '@slm-audit/core/reader'

/**
 * How an answer went over the wire: to its end (`whole`), as an error's status (`refused`), to an error that was said in it
 * (`told`), until the connection was lost (`broken`), or until the application gave it up (`open`).
 */
export type Ending = 'whole' | 'refused' | 'told' | 'broken' | 'open'

const ERROR_STATUS = 400

/** How the answer of a recorded call ended. */
export function endingOf({ stage, record }: AuditedCall): Ending {
  if (stage === 'complete') return 'whole'
  if (stage !== 'error') return 'open'
  const { status } = record.outcome ?? {}
  if (status !== undefined) return status >= ERROR_STATUS ? 'refused' : 'broken'
  // An answer that said so has no status of its own; of a request that met nobody there are no pieces either.
  return (record.timing?.chunks ?? 0) > 0 ? 'told' : 'broken'
}

/** The error of a connection that was lost, as fetch has it: with the system's code as its cause, where that was recorded. */
export function lostConnection({ record, contents }: AuditedCall): TypeError {
  const codes = (record.outcome?.causes ?? []).map((cause) => cause.split(' ').at(-1) ?? '')
  const code = codes.find((each) => /^[A-Z][A-Z_]+$/.test(each))
  const message = typeof contents.error === 'string' ? contents.error : 'terminated'
  const cause = Object.assign(new Error(code ?? message), { ...(code !== undefined && { code }) })
  return new TypeError(message, { cause })
}
