import { isInstance } from '../base/instance.ts'

type FetchArguments = Parameters<typeof globalThis.fetch>

/**
 * Copies mutable fetch arguments, because the request is sent later: fetch reads them when it is called,
 * and the application may change them afterwards. Objects that cannot change are passed as they are.
 */
export function snapshotArguments([input, init]: FetchArguments): FetchArguments {
  const address = input instanceof URL ? new URL(input) : input
  if (init === undefined || init === null) return [address, init]
  const { headers, body } = init
  return [
    address,
    Object.assign(Object.create(Object.getPrototypeOf(init)), init, {
      ...(headers != null && { headers: snapshotHeaders(headers) }),
      ...(body != null && { body: snapshotBody(body) })
    })
  ]
}

function snapshotHeaders(headers: HeadersInit): HeadersInit {
  if (isInstance(headers, 'Headers')) return new Headers(headers)
  if (Array.isArray(headers)) {
    return headers.map((pair) => (Array.isArray(pair) ? [...pair] : pair)) as [string, string][]
  }
  // Headers of other makes, and iterators, which can be read only once, are the fetch's below.
  const prototype: unknown = Object.getPrototypeOf(headers)
  return prototype === Object.prototype || prototype === null ? { ...headers } : headers
}

function snapshotBody(body: BodyInit): BodyInit {
  try {
    if (body instanceof ArrayBuffer) return body.slice(0)
    if (body instanceof Uint8Array) return Uint8Array.prototype.slice.call(body) as BodyInit
    if (ArrayBuffer.isView(body)) {
      return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() as BodyInit
    }
    if (isInstance(body, 'URLSearchParams')) return new URLSearchParams(body)
    return isInstance(body, 'FormData') ? copyOf(body) : body
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
