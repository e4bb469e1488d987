const HEX_OF_TIME = 12

/**
 * A new audit id: a UUID version 7 (RFC 9562, section 5.7), so that ids sort by the time of the
 * call. All records of one call share it.
 *
 * @param at Unix time in milliseconds.
 */
export function newAuditId(at: number): string {
  const time = at.toString(16).padStart(HEX_OF_TIME, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
}
