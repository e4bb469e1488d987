import { isObject } from '../base/json.ts'
import { parse, stringify } from '../base/json-text.ts'
import type { SentNow } from '../call/attempts.ts'

/**
 * Whether a request is the one that a fetch further out is sending, on its way through fetches that change headers,
 * address or settings. One that asks something else, such as a guard model or another model to fall back on, is not.
 */
export function isSameRequest(sending: SentNow, url: string, body: unknown): boolean {
  if (sending.body === body) return body !== undefined || sending.url === url
  const [outer, inner] = [questionIn(sending.body), questionIn(body)]
  // Forms and streams are not read for this.
  if (outer === undefined || inner === undefined) return sending.url === url && outer === inner
  return outer === inner
}

/** What formats call what they ask. */
const ASKED = ['model', 'messages', 'input', 'prompt', 'contents', 'inputs', 'query', 'documents']

/** The model and what it is asked, as one text; `undefined` for what is no JSON. */
function questionIn(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined
  try {
    const parsed: unknown = parse(body)
    return isObject(parsed) ? stringify(ASKED.map((name) => parsed[name])) : body
  } catch {
    return body
  }
}
