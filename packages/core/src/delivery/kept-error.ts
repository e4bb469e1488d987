import { messageOf } from '../base/error.ts'

const LONGEST_MESSAGE = 500

/** An exporter's failure as its state keeps it: when, and the first 500 characters of what it said. */
export function errorOf(error: unknown): { readonly at: string; readonly message: string } {
  const message = messageOf(error)
  const short = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message
  return { at: new Date().toISOString(), message: short }
}
