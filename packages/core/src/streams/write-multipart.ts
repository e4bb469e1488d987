const encoder = new TextEncoder()

/**
 * Writes a form as a body of `multipart/form-data` (RFC 7578) that `readMultipart` reads. A file that is
 * larger than `mostBytes`, or cannot be read, is named by its size: a header `content-length` and no bytes.
 */
export async function* writeMultipart(
  entries: readonly (readonly [string, FormDataEntryValue])[],
  mostBytes: number
): AsyncGenerator<Uint8Array> {
  const boundary = `--slm-audit-${Math.random().toString(36).slice(2)}`
  if (entries.length === 0) return
  for (const [name, value] of entries) {
    const isText = typeof value === 'string'
    const disposition = `content-disposition: form-data; name="${escaped(name)}"`
    if (isText) {
      yield encoder.encode(`${boundary}\r\n${disposition}\r\n\r\n${value}\r\n`)
      continue
    }
    const { name: filename, type, size } = value
    // What came before is a form of its own, should the file never come.
    yield encoder.encode(`${boundary}\r\n`)
    const bytes = size > mostBytes ? undefined : await bytesOf(value)
    const head = [
      `${disposition}; filename="${escaped(filename)}"`,
      ...(type === '' ? [] : [`content-type: ${type}`]),
      ...(bytes ? [] : [`content-length: ${size}`])
    ]
    yield encoder.encode(`${head.join('\r\n')}\r\n\r\n`)
    if (bytes) yield bytes
    yield encoder.encode('\r\n')
  }
  yield encoder.encode(`${boundary}--\r\n`)
}

async function bytesOf(file: File): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch {
    // Gone meanwhile, which fails the request itself.
    return undefined
  }
}

/** As browsers and fetch escape the parameters of a disposition. */
function escaped(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}
