import type { CallRequest, Protocol } from '@slm-audit/core/adapter'

/** A request as a fetch was asked to send it, read by its protocol. */
export interface SentRequest {
  readonly protocol: Protocol
  readonly asked: CallRequest
  /** The request with its body, unread. */
  readonly request: Request
}

/** Reads what a fetch is to send; `undefined` where none of `protocols` knows it. The arguments stay as they are. */
export async function readSent(
  protocols: readonly Protocol[],
  [input, init]: Parameters<typeof globalThis.fetch>
): Promise<SentRequest | undefined> {
  const request = new Request(input instanceof Request ? input.clone() : input, init)
  const url = new URL(request.url)
  const protocol = protocols.find((one) => one.matches(url, request.method))
  if (!protocol) return undefined
  const text = await request.clone().text()
  const body = text === '' ? undefined : parse(text)
  return { protocol, asked: protocol.readRequest(body, url, headersOf(request, protocol)), request }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function headersOf({ headers }: Request, { headers: read = [] }: Protocol) {
  return Object.fromEntries([...headers].filter(([name]) => read.includes(name)))
}
