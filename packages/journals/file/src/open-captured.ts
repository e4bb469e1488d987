import type { AuditedCall, ContentValue } from '@slm-audit/core/reader'
import { type Cipher, decrypterFor } from './format/age.ts'

/** What stands in place of what a policy captured as `encrypt`: an age file in Base64. */
const CAPTURED = /⟨age:([A-Za-z0-9+/]+={0,2})⟩/g
/** A content that is nothing else. */
const WHOLE = /^⟨age:([A-Za-z0-9+/]+={0,2})⟩$/

/**
 * A call with what its policy captured as `encrypt`, opened by age identities (`AGE-SECRET-KEY-1…`) of the policy's
 * recipients; a call without such contents as it is. Nothing is written. Rejects with AuditError `bad_key` for an
 * identity that cannot be read, and where none of them is of a recipient.
 */
export async function openCaptured(
  call: AuditedCall,
  identities: readonly string[]
): Promise<AuditedCall> {
  if (!call.record.altered?.some(({ what }) => what === 'encrypted')) return call
  const decrypt = await decrypterFor(identities)
  const contents: { [name: string]: ContentValue } = {}
  for (const [name, value] of Object.entries(call.contents)) {
    const [, whole] = (typeof value === 'string' && WHOLE.exec(value)) || []
    contents[name] =
      whole === undefined
        ? ((await opened(value, decrypt)) as ContentValue)
        : contentOf(await decrypt(bytesOf(whole)))
  }
  return { ...call, contents }
}

async function opened(value: unknown, decrypt: Cipher): Promise<unknown> {
  if (typeof value === 'string') return await openedText(value, decrypt)
  if (Array.isArray(value)) return await Promise.all(value.map((item) => opened(item, decrypt)))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const entries = Object.entries(value).map(
    async ([name, member]) => [name, await opened(member, decrypt)] as const
  )
  return Object.fromEntries(await Promise.all(entries))
}

async function openedText(text: string, decrypt: Cipher): Promise<string> {
  let open = ''
  let at = 0
  for (const match of text.matchAll(CAPTURED)) {
    const bytes = await decrypt(bytesOf(match[1] ?? ''))
    open += text.slice(at, match.index) + Buffer.from(bytes).toString()
    at = match.index + match[0].length
  }
  return open + text.slice(at)
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

/** A content as it was before: JSON, text, or the bytes of a medium. */
function contentOf(bytes: Uint8Array): ContentValue {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return bytes
  }
  if (!/^[[{]/.test(text)) return text
  try {
    return JSON.parse(text) as ContentValue
  } catch {
    // It only begins like JSON.
    return text
  }
}
