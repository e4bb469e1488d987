import { AuditError } from '../base/error.ts'

/** Entries as a C2SP tlog-tiles bundle: each with its length in two bytes, big endian, before it. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((sum, { length }) => sum + 2 + length, 0))
  const view = new DataView(bundle.buffer)
  let at = 0
  for (const entry of entries) {
    view.setUint16(at, entry.length)
    bundle.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bundle
}

/** The entries of a bundle. Throws AuditError `bad_proof` for one that ends within an entry. */
export function decodeBundle(bundle: Uint8Array): Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength)
  const entries: Uint8Array[] = []
  let at = 0
  while (at < bundle.length) {
    const start = at + 2
    const end = start > bundle.length ? Number.POSITIVE_INFINITY : start + view.getUint16(at)
    if (end > bundle.length) {
      throw new AuditError('bad_proof', `the entry bundle ends within entry ${entries.length}`)
    }
    entries.push(bundle.subarray(start, end))
    at = end
  }
  return entries
}
