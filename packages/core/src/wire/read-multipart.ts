/** A file in a form. */
export interface FormFile {
  readonly filename: string
  readonly media_type?: string
  readonly data?: Uint8Array
  /** In bytes, where `data` is left out. */
  readonly size?: number
}

/** The fields of a form by name; those of one name are a list. */
export type FormFields = { readonly [name: string]: unknown }

const CR = 13
const HEADER_LIMIT = 4_096

/**
 * Reads a body of `multipart/form-data` (RFC 7578): texts, and files as {@link FormFile}. `undefined`
 * for a body that is not a form. What a body that was cut short has of its last part is left out.
 */
export function readMultipart(bytes: Uint8Array): FormFields | undefined {
  const opening = decode(bytes.subarray(0, HEADER_LIMIT))
  const [, boundary] = /^(--[^\r\n]{1,200})\r\ncontent-disposition: *form-data/i.exec(opening) ?? []
  if (boundary === undefined) return undefined
  const mark = new TextEncoder().encode(`\r\n${boundary}`)
  const fields = new Map<string, unknown[]>()
  let from = mark.length
  for (let end = indexOf(bytes, mark, from); end >= 0; end = indexOf(bytes, mark, from)) {
    addPart(fields, bytes.subarray(from, end))
    from = end + mark.length + 2
  }
  return fieldsOf(fields)
}

/** The fields of a form; a name that is given several times has a list. */
function fieldsOf(lists: ReadonlyMap<string, readonly unknown[]>): FormFields {
  return Object.fromEntries(
    [...lists].map(([name, list]) => [name, list.length > 1 ? list : list[0]])
  )
}

function addPart(fields: Map<string, unknown[]>, part: Uint8Array): void {
  const blank = indexOf(part, new TextEncoder().encode('\r\n\r\n'), 0)
  if (blank < 0) return
  const head = decode(part.subarray(0, blank))
  const name = parameter(head, 'name')
  if (name === undefined) return
  const data = part.subarray(blank + 4)
  const filename = parameter(head, 'filename')
  const type = /^content-type: *(.+?)\r?$/im.exec(head)?.[1]
  const size = /^content-length: *(\d+)\r?$/im.exec(head)?.[1]
  const isLeftOut = data.length === 0 && size !== undefined && size !== '0'
  const file = {
    filename,
    ...(type !== undefined && { media_type: type }),
    ...(isLeftOut ? { size: Number(size) } : { data })
  }
  const value = filename === undefined ? decode(data) : file
  fields.set(name, [...(fields.get(name) ?? []), value])
}

/** A parameter of the part's disposition, with the escapes that browsers and fetch use. */
function parameter(head: string, name: string): string | undefined {
  const found = new RegExp(`^content-disposition:.*?[; ]${name}="([^"]*)"`, 'im').exec(head)?.[1]
  return found?.replace(/%(0A|0D|22)/g, (escaped) => decodeURIComponent(escaped))
}

function indexOf(bytes: Uint8Array, mark: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    let same = 1
    while (same < mark.length && bytes[at + same] === mark[same]) same++
    if (same === mark.length) return at
  }
  return -1
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
