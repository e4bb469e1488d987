import { isInstance } from '../base/instance.ts'

/** Headers by name, in lower case. */
export type HeaderFields = { readonly [name: string]: string }

/** Headers in any form that `fetch` takes; named without the DOM's types, which a user may not have. */
export type GivenHeaders = ConstructorParameters<typeof Headers>[0]

const AGENT = 'user-agent'

/** The headers of `names` that are there; `undefined` where none is. */
export function pickHeaders(
  headers: Headers | undefined,
  names: readonly string[] = []
): HeaderFields | undefined {
  const found = names.flatMap((name) => {
    const value = headers?.get(name)
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}

/** What the client calls itself, and the headers of `names`, where the headers can be read. */
export function readSentHeaders(
  sent: GivenHeaders,
  names: readonly string[] | undefined
): { readonly agent: string | undefined; readonly headers: HeaderFields | undefined } {
  const none = { agent: undefined, headers: undefined }
  // An iterator can be read only once, and that is for the fetch below.
  if (sent === undefined || (typeof sent === 'object' && 'next' in sent)) return none
  try {
    const headers = isInstance(sent, 'Headers') ? sent : new Headers(sent)
    return { agent: headers.get(AGENT) ?? undefined, headers: pickHeaders(headers, names) }
  } catch {
    // Headers that fetch will refuse.
    return none
  }
}

const REQUEST_ID_HEADERS = [
  'x-request-id',
  'request-id',
  'x-amzn-requestid',
  'apim-request-id',
  'mistral-correlation-id'
]

/** The id that the server gave the request, in whichever header it says it. */
export function requestIdOf(headers: Headers | undefined): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const found = headers?.get(name)
    if (found) return found
  }
  return undefined
}
