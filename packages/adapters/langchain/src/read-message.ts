import { isObject, textsOf } from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** Members of a message that say something; the rest is how LangChain keeps it. */
const MEMBERS = ['content', 'name', 'tool_calls', 'invalid_tool_calls', 'tool_call_id', 'status']

/** A message of LangChain as plain data: its type, and what it says. */
export function readMessage(message: unknown): unknown {
  if (!isObject(message)) return message
  const { additional_kwargs: more, artifact } = message
  const kept = MEMBERS.flatMap((name) => {
    const value = message[name]
    return isFilled(value) ? [[name, value] as const] : []
  })
  return {
    type: typeOf(message),
    ...Object.fromEntries(kept),
    ...(isFilled(more) && { additional_kwargs: more }),
    ...(isFilled(artifact) && { artifact })
  }
}

/** How LangChain keeps a message, which says it once more. */
const PLUMBING = ['lc_kwargs', 'lc_namespace', 'lc_serializable'] as const

/** Whether an id is one that LangChain made up for a message that had none. */
export function isMadeUp(id: unknown): boolean {
  return typeof id === 'string' && /^(run-|lc_)/.test(id)
}

/** All that a message of LangChain has. */
export function wholeMessage(message: unknown): unknown {
  if (!isObject(message)) return message
  const members = Object.keys(message).filter(
    (name) => !PLUMBING.some((one) => one === name) && !(name === 'id' && isMadeUp(message.id))
  )
  return {
    type: typeOf(message),
    ...Object.fromEntries(members.map((name) => [name, message[name]]))
  }
}

/** The texts of messages, as a client below sends them. */
export function textsOfMessages(messages: readonly unknown[]): string[] {
  return messages.flatMap((message) => textsOf(isObject(message) ? message.content : message))
}

function typeOf(message: Fields): unknown {
  const { type, _getType } = message
  if (typeof type === 'string') return type
  return typeof _getType === 'function' ? _getType.call(message) : undefined
}

function isFilled(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return !isObject(value) || Object.keys(value).length > 0
}
