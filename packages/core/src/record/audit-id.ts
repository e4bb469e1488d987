import { newUuid } from '../base/uuid.ts'

const HEX_OF_TIME = 12

/** Calls of one millisecond share the beginnings of their ids. */
let lastAt = Number.NaN
let lastStart = ''

/**
 * A new audit id: a UUID version 7 (RFC 9562, section 5.7), so that ids sort by the time of the
 * call. All records of one call share it.
 *
 * @param at Unix time in milliseconds.
 */
export function newAuditId(at: number): string {
  if (at !== lastAt) {
    const time = at.toString(16).padStart(HEX_OF_TIME, '0')
    lastStart = `${time.slice(0, 8)}-${time.slice(8)}-7`
    lastAt = at
  }
  return lastStart + newUuid().slice(15)
}
