import { isObject } from '@slm-audit/core/adapter'
import { readMessage } from './read-message.ts'

const DEPTH = 8

/** Inputs and outputs of runs as plain data: messages as `read` gives them, by what they say, the rest as it is. */
export function plainOf(
  value: unknown,
  read: (message: unknown) => unknown = readMessage,
  depth = 0
): unknown {
  if (depth > DEPTH || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => plainOf(item, read, depth + 1))
  if (!isObject(value)) return value
  if ('lc_namespace' in value && 'content' in value) return read(value)
  // Commands and sends of LangGraph are objects of classes that hold messages.
  const isData = Object.getPrototypeOf(value) === Object.prototype || 'lg_name' in value
  if (!isData) return value
  try {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, plainOf(member, read, depth + 1)])
    )
  } catch {
    // A member that cannot be read costs no other: serialising takes each by itself.
    return value
  }
}
