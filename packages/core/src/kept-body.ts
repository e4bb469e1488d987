import { type FormFields, type FormFile, fieldsOf } from './read-multipart.ts'

/** Larger files are told of by name, type and size: nobody's memory holds them for our sake. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** A request's body as data that the application cannot change any more. */
export type BodyData = string | Uint8Array | FormFields | undefined

/**
 * Keeps a request's body, as fetch takes it. Nothing is consumed: a stream is the request's alone
 * and stays unknown. Files can only be read bit by bit: `reading` settles when that is done.
 */
export class KeptBody {
  body: BodyData
  /** Settles, and never fails, when the body is there; `undefined` when it is. */
  reading: Promise<void> | undefined

  constructor(body: unknown) {
    if (body instanceof FormData) this.#keep(readForm([...body]))
    else if (body instanceof Blob) this.#keep(readBytes(body))
    else if (body instanceof URLSearchParams) this.body = body.toString()
    else this.body = copyOf(body)
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
async function readBytes(blob: Blob): Promise<Uint8Array | undefined> {
  if (blob.size > MAX_FILE_BYTES) return undefined
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch {
    return undefined
  }
}

function copyOf(body: unknown): BodyData {
  if (typeof body === 'string') return body
  if (body instanceof ArrayBuffer) return new Uint8Array(body.slice(0))
  if (!ArrayBuffer.isView(body)) return undefined
  return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
}
