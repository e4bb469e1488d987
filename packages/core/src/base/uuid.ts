const given: unknown = globalThis.crypto?.randomUUID
const random = typeof given === 'function' ? given.bind(globalThis.crypto) : undefined

/** RFC 9562, section 4. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

let last = ''

/**
 * A random UUID (RFC 9562, section 5.4) of the runtime's own. Pages without TLS have none, and applications
 * replace it in their tests: one that throws, or gives no UUID or the same again, is not asked.
 */
export function newUuid(): string {
  const found = ask()
  if (found === undefined || found === last) return make()
  last = found
  return found
}

function ask(): string | undefined {
  try {
    const found: unknown = random?.()
    return typeof found === 'string' && UUID.test(found) ? found : undefined
  } catch {
    return undefined
  }
}

/** Where nothing better is there, of numbers that are random enough to tell calls apart. */
function make(): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.random() * 256)
  try {
    globalThis.crypto.getRandomValues(bytes)
  } catch {
    // The numbers that are there do.
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
