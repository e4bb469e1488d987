import { joinBytes } from '../base/bytes.ts'
import { type FormFields, type FormFile, fieldsOf } from './read-multipart.ts'

/** Larger files are told of by name, type and size: nobody's memory holds them, or larger streams, for our sake. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** A request's body as data that the application cannot change any more. */
export type BodyData = string | Uint8Array | FormFields | undefined

/**
 * Keeps a request's body, as fetch takes it, or a copy of a Request that is this one's to read. Nothing is consumed: a stream is the request's alone
 * and stays unknown. Files can only be read bit by bit: `reading` settles when that is done.
 */
export class KeptBody {
  body: BodyData
  /** About how much it holds, in bytes; nothing for streams. */
  readonly size: number
  /** Settles, and never fails, when the body is there; `undefined` when it is. */
  reading: Promise<void> | undefined

  constructor(body: unknown) {
    if (body instanceof FormData) this.#keep(readForm([...body]))
    else if (body instanceof Blob || body instanceof Request) this.#keep(readBytes(body))
    else if (body instanceof URLSearchParams) this.body = body.toString()
    else this.body = copyOf(body)
    this.size = sizeOf(body instanceof FormData ? [...body.values()] : [this.body ?? body])
  }

  #keep(body: Promise<BodyData>): void {
    this.reading = body.then((data) => {
      this.body = data
      this.reading = undefined
    })
  }
}

async function readForm(entries: readonly [string, FormDataEntryValue][]): Promise<FormFields> {
  const values = await Promise.all(entries.map(([, value]) => readField(value)))
  const fields = new Map<string, unknown[]>()
  entries.forEach(([name], at) => {
    fields.set(name, [...(fields.get(name) ?? []), values[at]])
  })
  return fieldsOf(fields)
}

async function readField(value: FormDataEntryValue): Promise<string | FormFile> {
  if (typeof value === 'string') return value
  const { name: filename, type, size } = value
  const data = await readBytes(value)
  return { filename, ...(type !== '' && { media_type: type }), ...(data ? { data } : { size }) }
}

/** `undefined` for what is too large, or cannot be read, which fails the request itself. */
async function readBytes(source: Blob | Request): Promise<Uint8Array | undefined> {
  try {
    if (source instanceof Request) return await readUpTo(MAX_FILE_BYTES, source)
    if (source.size > MAX_FILE_BYTES) return undefined
    return new Uint8Array(await source.arrayBuffer())
  } catch {
    return undefined
  }
}

/** Reads a Request, whose body may be a stream without end; one that is too large is left. */
async function readUpTo(limit: number, { body }: Request): Promise<Uint8Array | undefined> {
  const reader = body?.getReader()
  const chunks: Uint8Array[] = []
  for (let size = 0; reader; ) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    size += value.length
    if (size <= limit) continue
    // The other half of the copy waits for nobody: it cancels when the request itself does.
    void reader.cancel()
    return undefined
  }
  return joinBytes(chunks)
}

function copyOf(body: unknown): BodyData {
  if (typeof body === 'string') return body
  try {
    if (body instanceof ArrayBuffer) return new Uint8Array(body.slice(0))
    if (!ArrayBuffer.isView(body)) return undefined
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  } catch {
    // Bytes that were given away, which fail the request itself.
    return undefined
  }
}

function sizeOf(parts: readonly unknown[]): number {
  let size = 0
  for (const part of parts) {
    if (typeof part === 'string' || part instanceof Uint8Array) size += part.length
    else if (part instanceof Blob && part.size <= MAX_FILE_BYTES) size += part.size
  }
  return size
}
