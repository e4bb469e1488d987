/**
 * The value of a header `retry-after` in milliseconds: seconds or an HTTP date (RFC 9110, section
 * 10.2.3); `undefined` where it is absent or neither.
 */
export function readRetryAfter(value: string | null | undefined): number | undefined {
  if (!value) return undefined
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
