import { AuditError } from '@slm-audit/core/journal'
import type { ContentValue, Reader } from '@slm-audit/core/reader'
import { callOf } from './call-view.ts'

/** What no browser may do with a content: run it, or take it for something else. */
const HARMLESS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store'
}

/** Kinds of files that browsers show and that hold no script. */
const SHOWN = /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/(mp4|webm))$/

/** A content as plain text, whole, for a tab or a file of its own. Rejects with AuditError `not_found`. */
export async function readContentText(
  reader: Reader,
  id: string,
  name: string | null
): Promise<Response> {
  const { contents } = await callOf(reader, id)
  const value = contentIn(contents, name)
  const headers = { ...HARMLESS, 'content-type': 'text/plain; charset=utf-8' }
  return new Response(textOfValue(value), { headers })
}

/** An image or sound that is kept with a call, by its content's name. Rejects with AuditError `not_found`. */
export async function readMedia(
  reader: Reader,
  id: string,
  name: string | null
): Promise<Response> {
  const { contents, record } = await callOf(reader, id)
  const value = contentIn(contents, name)
  const said = record.log.contents[name ?? '']?.type ?? ''
  const type = SHOWN.test(said) ? said : 'application/octet-stream'
  return new Response(textOfValue(value), { headers: { ...HARMLESS, 'content-type': type } })
}

function contentIn(
  contents: { readonly [name: string]: ContentValue },
  name: string | null
): ContentValue {
  const value = name !== null && Object.hasOwn(contents, name) ? contents[name] : undefined
  if (value !== undefined) return value
  throw new AuditError('not_found', `the call has no content ${JSON.stringify(name)}`)
}

function textOfValue(value: ContentValue): string | Uint8Array<ArrayBuffer> {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? new Uint8Array(value) : JSON.stringify(value, null, 2)
}
