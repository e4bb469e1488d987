import type { Json } from '../base/json.ts'
import { encryptedWith, isGone, joinParts } from '../journal/join-parts.ts'
import type { SealedContent } from '../record/sealed-record.ts'
import type { AbsentContent, ContentValue, EncryptedContent } from './reader.ts'

/**
 * A stored content as a value; `undefined` when its body is gone. Of a list the items that are gone are
 * `null`. Text that is not JSON any more, as that of a damaged log, is given as text: verification tells
 * what happened to it.
 */
export function readContent(content: SealedContent): ContentValue | undefined {
  const { type } = content
  const body = content.body ?? withoutItems(content)
  if (body === undefined) return undefined
  const isJson = type === 'application/json'
  if (!isJson && !type.startsWith('text/')) return body
  // A byte order mark that a user sent is a part of what was said.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)
  return isJson ? parsed(text) : text
}

/** What of a content is not stored any more, if anything is not. */
export function absentIn(content: SealedContent): AbsentContent | undefined {
  if (!isGone(content)) return undefined
  const { name, parts = [], at } = content
  const gone = parts.flatMap(({ body, encrypted }, place) => (body || encrypted ? [] : [place]))
  if (gone.length === parts.length) return { name }
  // The first part is not an item where the others belong into it.
  const items = at === undefined ? gone : gone.map((place) => place - 1)
  return { name, items: items.filter((place) => place >= 0) }
}

/** A content of which something is encrypted for whoever reads, and with which key. */
export function encryptedIn(content: SealedContent): EncryptedContent | undefined {
  const key = encryptedWith(content)
  return key === undefined ? undefined : { name: content.name, key }
}

const NULL = new TextEncoder().encode('null')

/** The bytes of a content in parts of which some are gone; of the frame of a list, the list is left. */
function withoutItems({ parts = [], at }: SealedContent): Uint8Array | undefined {
  if (!parts.some(({ body }) => body)) return undefined
  const bodies = parts.map(({ body }) => body ?? NULL)
  const hasFrame = at !== undefined && parts[0]?.body !== undefined
  return hasFrame || at === undefined
    ? joinParts(bodies, at)
    : joinParts(bodies.slice(1), undefined)
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
