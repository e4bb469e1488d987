import { isObject } from '@slm-audit/core/adapter'
import type { AuditedCall } from '@slm-audit/core/reader'

/** A value with its media put back, as far as the record has their bytes. */
export interface Restored {
  readonly value: unknown
  /** Whether all of it is there; a record that keeps no media has their digests alone. */
  readonly isWhole: boolean
}

/**
 * Puts the bytes of images, sounds, files and vectors back where a record refers to them: in base64, or in a data URL where an
 * address stood.
 */
export function restoreMedia(
  value: unknown,
  { contents }: Pick<AuditedCall, 'contents'>
): Restored {
  let isWhole = true
  const restore = (given: unknown, name: string): unknown => {
    if (Array.isArray(given)) return given.map((item) => restore(item, name))
    if (!isObject(given)) return given
    const reference = referenceIn(given)
    if (!reference) {
      return Object.fromEntries(
        Object.entries(given).map(([member, found]) => [member, restore(found, member)])
      )
    }
    const bytes = contents[`media.${reference.sha256}`]
    if (bytes instanceof Uint8Array) {
      const base64 = Buffer.from(bytes).toString('base64')
      return /url$/i.test(name) ? `data:${reference.type ?? ''};base64,${base64}` : base64
    }
    isWhole = false
    return given
  }
  return { value: restore(value, ''), isWhole }
}

interface Reference {
  readonly sha256: string
  readonly type?: string
}

/** `{ media: { sha256, bytes, type } }`, as docs/record-format.md has it. */
function referenceIn(value: { readonly [name: string]: unknown }): Reference | undefined {
  const { media, ...others } = value
  if (!isObject(media) || Object.keys(others).length > 0) return undefined
  const { sha256, type } = media
  if (typeof sha256 !== 'string') return undefined
  return { sha256, ...(typeof type === 'string' && { type }) }
}
