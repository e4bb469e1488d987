import { commit, joinParts, type SealedContent, type SealedPart } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { Found, PlaceInLog, RecordCipher } from '@slm-audit/core/subjects'

const NO_SALT = new Uint8Array()
/** Of what is not what was encrypted: no commitment fits it. */
const FOREIGN = { salt: NO_SALT, body: new Uint8Array() }

/** Contents as a log stores them that encrypts them by data subject; what is erased of them stays so. */
export function sealedContents(
  contents: readonly SealedContent[],
  cipher: RecordCipher,
  key: string
): SealedContent[] {
  return contents.map((content) => {
    const { name, type, salt, body, parts } = content
    if (!parts) {
      if (!body) return content
      return {
        name,
        type,
        salt: NO_SALT,
        encrypted: key,
        sealed: cipher.content({ salt, body }, name)
      }
    }
    const { body: _, ...rest } = content
    return { ...rest, parts: parts.map((part) => sealedPart(part, cipher, key)) }
  })
}

function sealedPart(part: SealedPart, cipher: RecordCipher, key: string): SealedPart {
  const { salt, body } = part
  if (!salt || !body) return part
  const commitment = part.commitment ?? Buffer.from(commit(salt, body, nodeSha256), 'hex')
  return { commitment, encrypted: key, sealed: cipher.part({ salt, body }, commitment) }
}

/** Opens bytes that were encrypted with a key of a name. */
export type OpenWith = (key: string, sealed: Uint8Array, place: PlaceInLog) => Found

/** For whoever has no keys. */
export const openNothing: OpenWith = (key) => ({ encrypted: key })

/** Whether something of a record is encrypted as it is stored. */
export function isStoredSealed({ sealed, parts = [] }: SealedContent): boolean {
  return sealed !== undefined || parts.some((part) => part.sealed !== undefined)
}

/**
 * Contents as whoever reads is given them: what was encrypted, where its key is here; the name of the key, where it is not; and
 * neither of what has no key any more. What does not open with its key is nothing that its commitment fits.
 */
export function openedContents(
  contents: readonly SealedContent[],
  auditId: string,
  open: OpenWith
): SealedContent[] {
  return contents.map((content) => {
    if (!isStoredSealed(content)) return content
    const { name, type, parts, at } = content
    if (!parts) return { name, type, salt: NO_SALT, ...found(content, { auditId, name }, open) }
    const opened = parts.map((part) => openedPart(part, open))
    const bodies = opened.flatMap(({ body }) => body ?? [])
    const isWhole = bodies.length === opened.length
    return {
      name,
      type,
      salt: NO_SALT,
      ...(isWhole && { body: joinParts(bodies, at) }),
      parts: opened,
      ...(at !== undefined && { at })
    }
  })
}

function openedPart(part: SealedPart, open: OpenWith): SealedPart {
  const { sealed, commitment } = part
  if (!sealed || !commitment) return part
  const opened = found(part, { commitment }, open)
  return opened.body ? opened : { commitment, ...opened }
}

function found(
  { encrypted = '', sealed = NO_SALT }: Pick<SealedPart, 'encrypted' | 'sealed'>,
  place: PlaceInLog,
  open: OpenWith
): Pick<SealedPart, 'salt' | 'body' | 'encrypted'> {
  const opened = open(encrypted, sealed, place)
  if (opened === 'changed') return FOREIGN
  return opened === 'gone' ? {} : opened
}
