import { AuditError } from '../base/error.ts'

/** More than this no anchor has to say, in bytes. */
const MOST_BYTES = 64 * 1024

/** An anchor's answer, as far as it is of use. */
export interface AnchorAnswer {
  readonly status: number
  readonly isOk: boolean
  readonly text: string
}

/**
 * Sends a request to an anchor and reads what it answers, at most 64 KiB. Redirects are not followed:
 * the page that they lead to has kept nothing, and a key must not be sent where they lead. Rejects with
 * AuditError `anchor_failed`, and with the error of fetch.
 */
export async function askAnchor(
  send: typeof fetch,
  url: string | URL,
  request: RequestInit
): Promise<AnchorAnswer> {
  const answer = await send(url, { ...request, method: 'POST', redirect: 'manual' })
  const { status, ok } = answer
  // Browsers show a redirect that is not followed as status 0.
  if (status < 200 || (status >= 300 && status < 400)) {
    await answer.body?.cancel()
    throw anchorFailure(
      `it answers with a redirect${status > 0 ? ` (${status})` : ''}, which is not followed; give the url that it leads to`
    )
  }
  return { status, isOk: ok, text: await beginning(answer) }
}

/** A failure of an anchor, in words that follow its name. */
export function anchorFailure(message: string): AuditError {
  return new AuditError('anchor_failed', message)
}

async function beginning(answer: Response): Promise<string> {
  const reader = answer.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return text + decoder.decode()
    const part = value.subarray(0, MOST_BYTES - size)
    size += part.length
    text += decoder.decode(part, { stream: true })
    if (size < MOST_BYTES) continue
    await reader.cancel()
    return text
  }
}
