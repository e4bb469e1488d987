type FetchArguments = Parameters<typeof globalThis.fetch>

/**
 * What a fetch is given, kept for a request that leaves later: the application may change its objects
 * meanwhile, whose state fetch reads when it is called. What cannot change is the same object.
 */
export function asGiven([input, init]: FetchArguments): FetchArguments {
  const address = input instanceof URL ? new URL(input) : input
  if (init === undefined || init === null) return [address, init]
  const { headers, body } = init
  return [
    address,
    Object.assign(Object.create(Object.getPrototypeOf(init)), init, {
      ...(headers != null && { headers: headersAsGiven(headers) }),
      ...(body != null && { body: bodyAsGiven(body) })
    })
  ]
}

function headersAsGiven(headers: HeadersInit): HeadersInit {
  if (headers instanceof Headers) return new Headers(headers)
  if (Array.isArray(headers)) {
    return headers.map((pair) => (Array.isArray(pair) ? [...pair] : pair)) as [string, string][]
  }
  // Headers of other makes, and iterators, which can be read only once, are the fetch's below.
  const prototype: unknown = Object.getPrototypeOf(headers)
  return prototype === Object.prototype || prototype === null ? { ...headers } : headers
}

function bodyAsGiven(body: BodyInit): BodyInit {
  try {
    if (body instanceof ArrayBuffer) return body.slice(0)
    if (body instanceof Uint8Array) return Uint8Array.prototype.slice.call(body) as BodyInit
    if (ArrayBuffer.isView(body)) {
      return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() as BodyInit
    }
    if (body instanceof URLSearchParams) return new URLSearchParams(body)
    return body instanceof FormData ? copyOf(body) : body
  } catch {
    // Bytes that were given away, which fail the request itself.
    return body
  }
}

function copyOf(form: FormData): FormData {
  const copy = new FormData()
  for (const [name, value] of form) copy.append(name, value)
  return copy
}
