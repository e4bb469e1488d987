import { type CallResponse, type EndedBy, endedByError, typeOfError } from '@slm-audit/core/adapter'
import { plainOf } from './plain-of.ts'
import { fieldsOf } from './read-model-run.ts'

/** What LangChain and LangGraph throw for an aborted signal: errors of no class of their own. */
const ABORTS: readonly unknown[] = ['Abort', 'Aborted', 'AbortError']

/** Who aborted, where an error is an abort's; `below` is who cancelled a run below. */
export function abortedBy(error: unknown, below: EndedBy | undefined): EndedBy | undefined {
  const by = endedByError(error)
  if (by === 'timeout') return by
  const isAbort = typeOfError(error) === 'Error' && ABORTS.includes(fieldsOf(error).message)
  return by || isAbort ? (below ?? 'signal') : undefined
}

/**
 * Reads what a graph throws to steer itself: an interrupt that waits for a person, a command to the
 * graph around it. `undefined` for errors.
 */
export function readControl(error: unknown): CallResponse | undefined {
  const { is_bubble_up: isControl, interrupts, command } = fieldsOf(error)
  if (isControl !== true) return undefined
  const output = interrupts ?? command
  return {
    ...(output !== undefined && { output: plainOf(output) }),
    details: { control: typeOfError(error) }
  }
}
